import type { Check, DiagnosisProgress } from '../protocol/diagnosis.ts';
import type { Clock } from '../runtime/clock.ts';
import type { ObservationFailed } from './observationFailed.ts';
import type { Observer } from './observer.ts';

/** Steps of a run come no closer together than this: sixty checks that end in one moment are one step. */
const GAP_MS = 100;
/** While anything goes on, a step comes at least this often, so that its time is seen to pass. */
const BEAT_MS = 500;

interface Followed {
  observer: Pick<Observer<unknown>, 'id' | 'label' | 'essential'>;
  startedAt: number;
  /** Results of other observers that it waits for now; since when; how long it waited before. */
  waitsFor: number;
  waitingSince: number;
  waitedMs: number;
  ended: { ms: number; failure: ObservationFailed | undefined } | undefined;
}

/** One check as its observer's run tells of it. */
export interface LiveCheck {
  /** It needs another's result. @returns what to call when that is there */
  waits(): () => void;
  ends(failure?: ObservationFailed): void;
}

/** Follows the checks of one run and tells of them, at a pace that a person and a connection can follow. */
export class LiveChecks {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #tell: ((progress: DiagnosisProgress) => void) | undefined;
  readonly #checks: Followed[] = [];
  readonly #beat: NodeJS.Timeout | undefined;
  #pending: NodeJS.Timeout | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;
  #redact: ((text: string) => string) | undefined;
  #last = '';

  constructor(clock: Pick<Clock, 'monotonic'>, tell?: (progress: DiagnosisProgress) => void) {
    this.#clock = clock;
    this.#tell = tell;
    if (tell) this.#beat = setInterval(() => this.#step(), BEAT_MS);
  }

  /** From now on reasons in foreign words are told, too; until then they may hold a secret that nobody knows of. */
  redactWith(redact: (text: string) => string): void {
    this.#redact = redact;
  }

  begin(observer: Followed['observer']): LiveCheck {
    const now = this.#clock.monotonic();
    const check: Followed = { observer, startedAt: now, waitsFor: 0, waitingSince: now, waitedMs: 0, ended: undefined };
    this.#checks.push(check);
    this.#step();
    return {
      waits: () => {
        if (check.waitsFor++ === 0) check.waitingSince = this.#clock.monotonic();
        return () => {
          if (--check.waitsFor === 0) check.waitedMs += this.#clock.monotonic() - check.waitingSince;
        };
      },
      ends: (failure) => {
        check.ended = { ms: this.#ownTime(check), failure };
        this.#last = observer.label;
        this.#step();
      },
    };
  }

  /** For the report, which is redacted as a whole: with every reason. */
  list(): Check[] {
    return this.#checks.map((check) => this.#describe(check, (because) => because));
  }

  /** Tells the last step and falls silent. */
  close(): void {
    clearInterval(this.#beat);
    clearTimeout(this.#pending);
    this.#pending = undefined;
    this.#tellNow();
  }

  #step(): void {
    if (!this.#tell || this.#pending) return;
    const wait = this.#toldAt + GAP_MS - this.#clock.monotonic();
    if (wait <= 0) this.#tellNow();
    else {
      this.#pending = setTimeout(() => {
        this.#pending = undefined;
        this.#tellNow();
      }, wait);
    }
  }

  #tellNow(): void {
    if (!this.#tell) return;
    this.#toldAt = this.#clock.monotonic();
    const checks = this.#checks.map((check) =>
      this.#describe(check, (because, { kind }) => (kind === 'foreign' ? this.#redact?.(because) : because)),
    );
    const done = this.#checks.filter(({ ended }) => ended).length;
    this.#tell({ done, total: checks.length, label: this.#now(), checks });
  }

  /** What goes on for longest, or else what ended last. */
  #now(): string {
    const busy = this.#checks.find(({ ended, waitsFor }) => !ended && waitsFor === 0);
    return busy?.observer.label ?? this.#last;
  }

  #describe(check: Followed, tellable: (because: string, failure: ObservationFailed) => string | undefined): Check {
    const { observer, ended, waitsFor } = check;
    const failure = ended?.failure;
    // What another observer failed over is told with that one's name.
    const reason = failure?.label === observer.label ? failure.because : failure?.message;
    const because = failure && reason !== undefined ? tellable(reason, failure) : undefined;
    return {
      id: observer.id,
      label: observer.label,
      state: ended ? outcome(failure) : waitsFor > 0 ? 'waiting' : 'running',
      durationMs: Math.round(ended?.ms ?? this.#ownTime(check)),
      ...(because === undefined ? {} : { because }),
      ...(observer.essential ? { essential: true } : {}),
    };
  }

  #ownTime({ startedAt, waitsFor, waitingSince, waitedMs }: Followed): number {
    const now = this.#clock.monotonic();
    return Math.max(0, now - startedAt - waitedMs - (waitsFor > 0 ? now - waitingSince : 0));
  }
}

function outcome(failure: ObservationFailed | undefined): Check['state'] {
  if (!failure) return 'done';
  return failure.kind === 'skipped' ? 'skipped' : 'failed';
}
