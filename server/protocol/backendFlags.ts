/**
 * Node's flags for the backend: whoever starts it passes them. A process that lives in the background for days never gives back
 * what V8 once took: its young generation may else grow to 48 MB, and its old one by some 5 MB with every diagnosis of a large
 * stack until a collection that comes late. With these it levels off at half of that after three; a diagnosis is not slower.
 */
export const BACKEND_FLAGS: readonly string[] = ['--max-semi-space-size=4', '--optimize-for-size'];
