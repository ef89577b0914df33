import { TektraError } from './errors.ts';

/**
 * What the state database answers.
 * @param failed what cannot be done without it, for a person: "The history cannot be read"
 * @throws TektraError storage.unavailable when it does not answer
 */
export function orStorageUnavailable<T>(failed: string, ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    throw storageUnavailable(`${failed}: Tektra's database does not answer`, error);
  }
}

export function storageUnavailable(message: string, error: unknown): TektraError {
  const reason = error instanceof Error ? error.message : String(error);
  return new TektraError('storage.unavailable', `${message} (${reason}).`, {
    cause: error,
    retryable: true,
    action: 'See what is wrong with it in tektra doctor.',
  });
}
