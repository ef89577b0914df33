/**
 * Node's flags for the backend: whoever starts it passes them. V8's young generation may else grow to 48 MB, which a
 * process that lives in the background for days never gives back; a diagnosis is not slower for it.
 */
export const BACKEND_FLAGS: readonly string[] = ['--max-semi-space-size=4'];
