import * as z from 'zod';

/**
 * What a client says of itself in `initialize.initializationOptions`. The backend refuses any other request before it.
 * `nonce` is read from the backend's lock file (0600): it proves that the peer is the same user.
 */
export const HandshakeOptions = z.object({
  protocolVersion: z.number().int(),
  nonce: z.string().min(1),
  client: z.object({
    name: z.string(),
    version: z.string(),
    /** The process at the other end of the connection (the extension host). */
    pid: z.number().int().positive(),
    /** The editor that owns that process. The backend lingers only while it lives. */
    editorPid: z.number().int().positive().optional(),
  }),
});
export type HandshakeOptions = z.infer<typeof HandshakeOptions>;

/** What the backend answers, as `tektra` in the result of `initialize`. */
export const HandshakeResult = z.object({
  protocolVersion: z.number().int(),
  serverVersion: z.string(),
  pid: z.number().int(),
  startedAt: z.iso.datetime(),
  http: z.object({ host: z.string(), port: z.number().int(), wantedPort: z.number().int() }).optional(),
});
export type HandshakeResult = z.infer<typeof HandshakeResult>;

/** The backend's lock file: who leads, and where it listens. Written with mode 0600. */
export const LockFile = z.object({
  pid: z.number().int(),
  startedAt: z.iso.datetime(),
  protocolVersion: z.number().int(),
  serverVersion: z.string(),
  socket: z.string(),
  httpHost: z.string().optional(),
  httpPort: z.number().int().optional(),
  nonce: z.string(),
});
export type LockFile = z.infer<typeof LockFile>;
