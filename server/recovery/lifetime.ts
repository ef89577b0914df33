import { type WatchedProcess, watchProcess } from '../runtime/watchedProcess.ts';

export interface LifetimeOptions {
  /** How long it waits for the first client. */
  startGraceMs: number;
  /** How long it stays after the last client said goodbye. */
  lingerMs: number;
  /** Called once, when nobody needs this process any more. */
  onEnd(reason: string): void;
}

interface Client {
  pid: number;
  editorPid: number | undefined;
}

/** How often absent owners are looked for: an orphan must be gone within 3 s. */
const WATCH_MS = 400;

/**
 * Decides how long the backend lives: while a client is connected; after the last goodbye for a while, as long as an
 * editor that used it still runs; not at all when its last client died.
 */
export class Lifetime {
  readonly #options: LifetimeOptions;
  readonly #clients = new Map<symbol, WatchedProcess>();
  readonly #editors = new Map<number, WatchedProcess>();
  readonly #vanished = new Set<WatchedProcess>();
  readonly #watch: NodeJS.Timeout;
  #everConnected = false;
  #knewEditor = false;
  #deadline: number;
  #ended = false;

  constructor(options: LifetimeOptions) {
    this.#options = options;
    this.#deadline = performance.now() + options.startGraceMs;
    this.#watch = setInterval(() => this.#check(), WATCH_MS);
  }

  /** @returns what to call when this client's connection is gone; `goodbye`: it left in order */
  join(client: Client): (how: { goodbye: boolean }) => void {
    const key = Symbol('client');
    this.#everConnected = true;
    const process = watchProcess(client.pid);
    this.#clients.set(key, process);
    this.#vanished.clear();
    if (client.editorPid !== undefined) {
      if (!this.#editors.has(client.editorPid)) this.#editors.set(client.editorPid, watchProcess(client.editorPid));
      this.#knewEditor = true;
    }
    return ({ goodbye }) => {
      if (!this.#clients.delete(key) || this.#clients.size > 0) return;
      this.#deadline = performance.now() + this.#options.lingerMs;
      if (!goodbye) this.#vanished.add(process);
      this.#check();
    };
  }

  /** The process that started this one is gone (its end of the life line closed). */
  starterGone(): void {
    if (!this.#everConnected) this.#end('its starter is gone');
  }

  dispose(): void {
    clearInterval(this.#watch);
    this.#ended = true;
  }

  #check(): void {
    if (this.#clients.size > 0) return;
    for (const [pid, editor] of this.#editors) if (!editor.isAlive()) this.#editors.delete(pid);
    // A connection that broke without a goodbye: its process died, or is dying; then so do we.
    if ([...this.#vanished].some((client) => !client.isAlive())) this.#end('its last client died');
    else if (this.#knewEditor && this.#editors.size === 0) this.#end('no editor runs that used it');
    else if (performance.now() >= this.#deadline)
      this.#end(this.#everConnected ? 'no client for a while' : 'no client came');
  }

  #end(reason: string): void {
    if (this.#ended) return;
    this.dispose();
    this.#options.onEnd(reason);
  }
}
