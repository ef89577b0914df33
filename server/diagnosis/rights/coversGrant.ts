import type { MysqlGrant } from '../../systems/mysql/readGrants.ts';

/** Whether a line of SHOW GRANTS gives a privilege on a table. */
export function coversGrant(
  grant: MysqlGrant,
  privilege: string,
  database: string,
  table: string | undefined,
): boolean {
  return (
    (grant.privileges.includes(privilege) || grant.privileges.includes('ALL PRIVILEGES')) &&
    (grant.database === '*' || likePattern(grant.database).test(database)) &&
    (grant.table === '*' || grant.table === table)
  );
}

function likePattern(text: string): RegExp {
  const parts = text.split(/(\\[_%]|[_%])/).map((part) => {
    if (part === '%') return '.*';
    if (part === '_') return '.';
    return part.replace(/^\\(?=[_%]$)/, '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`);
}
