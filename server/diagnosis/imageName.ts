/** `postgres` means `postgres:latest`; the registry's default name is left out by the engine, too. */
export function withTag(image: string): string {
  const plain = image.replace(/^(?:docker\.io\/)?(?:library\/)?/, '');
  return /:[^/]+$/.test(plain) || plain.includes('@') ? plain : `${plain}:latest`;
}
