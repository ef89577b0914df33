import * as z from 'zod';

export interface JwtTimes {
  expiresAt: Date | undefined;
  notBefore: Date | undefined;
}

const Claims = z.object({
  exp: z.number().positive().max(1e11).optional(),
  nbf: z.number().positive().max(1e11).optional(),
});

/** When a JSON Web Token is valid, by its own claims; the signature is not looked at. Undefined when it is no token. */
export function decodeJwt(text: string): JwtTimes | undefined {
  const [header, payload, signature, ...rest] = text.trim().split('.');
  if (!header?.startsWith('eyJ') || payload === undefined || signature === undefined || rest.length > 0)
    return undefined;
  if (payload.length > 16_000) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const claims = Claims.safeParse(json);
  if (!claims.success) return undefined;
  const dateOf = (seconds: number | undefined): Date | undefined =>
    seconds === undefined ? undefined : new Date(seconds * 1000);
  return { expiresAt: dateOf(claims.data.exp), notBefore: dateOf(claims.data.nbf) };
}
