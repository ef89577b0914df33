/** `requirepass x` of Redis, `proxy_set_header X-Api-Key x;` of nginx, `password x` of netrc: a name, a blank, a value. */
const DIRECTIVE =
  /^[ \t]*(?:(?:proxy_set_header|add_header|fastcgi_param|uwsgi_param|machine [^\n]{1,200}?)[ \t]+)?([A-Za-z_][\w-]{1,60})[ \t]+["']?(?:(?:Bearer|Basic|Token|Digest)[ \t]+)?([^\s"';{}]{6,})/gim;
/** Names of directives that the rules for names do not take apart. */
const DIRECTIVES: Readonly<Record<string, string>> = {
  requirepass: 'PASSWORD',
  masterauth: 'PASSWORD',
  authorization: 'AUTHORIZATION_TOKEN',
};
/** `host:port:database:user:password`; a colon of the password is written `\:`. */
const PGPASS = /^(?:(?:\\.|[^:\\\n#]){1,200}:){4}((?:\\.|[^:\\\n]){1,200})$/gm;
const NETRC_PASSWORD = /\bpassword[ \t]+(\S{4,})/g;
const LINE_URL = /^[ \t]*(https?:\/\/\S+)/gm;

/** Files that hold nothing but credentials. */
export const CREDENTIAL_FILE =
  /(?:^|\/)(?:\.pgpass|pgpass\.conf|\.netrc|_netrc|\.npmrc|\.yarnrc\.yml|\.pypirc|\.my\.cnf|\.git-credentials|\.htpasswd|kubeconfig|\.kube\/config|\.docker\/config\.json)$/;

/** Name/value pairs of a configuration in which a blank stands between them. */
export function directivesIn(text: string): { name: string; value: string }[] {
  return [...text.matchAll(DIRECTIVE)].map(([, name = '', value = '']) => ({
    name: DIRECTIVES[name.toLowerCase()] ?? name,
    value,
  }));
}

/** The credentials of a file of `CREDENTIAL_FILE`, beside those that stand in it as `name=value`. */
export function credentialsIn(file: string, text: string): { name: string; value: string }[] {
  const named = (name: string, matches: Iterable<RegExpExecArray>): { name: string; value: string }[] =>
    [...matches].map(([, value = '']) => ({ name, value: value.replace(/\\(.)/g, '$1') }));
  if (/pgpass/.test(file)) return named('PGPASSWORD', text.matchAll(PGPASS));
  return [...named('PASSWORD', text.matchAll(NETRC_PASSWORD)), ...named('URL', text.matchAll(LINE_URL))];
}
