/**
 * Raised whenever a message changes in a way that an older peer would misread.
 * Client and backend compare it in the handshake: windows of two Tektra versions may meet one backend.
 */
export const PROTOCOL_VERSION = 1;
