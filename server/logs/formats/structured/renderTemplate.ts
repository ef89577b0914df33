/** A message template of Serilog and its kin (`{User} logged in after {Elapsed:0.00} ms`) with the values of the fields it names. */
export function renderTemplate(message: string, fields: () => Record<string, unknown>): string {
  if (!/\{[@$]?\w/.test(message)) return message;
  const record = fields();
  if (!('@mt' in record) && !('MessageTemplate' in record)) return message;
  const properties = (record.Properties ?? record) as Record<string, unknown>;
  return message.replace(/\{[@$]?(\w{1,100})(?:,-?\d{1,9})?(?::[^{}]{0,100})?\}/g, (hole, name: string) => {
    const value = properties[name];
    if (value === undefined) return hole;
    return typeof value === 'string' ? value : JSON.stringify(value);
  });
}
