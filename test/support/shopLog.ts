import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Janitor } from './createJanitor.ts';

export interface ShopLog {
  workspace: string;
  /** Absolute path of the log. */
  file: string;
  /** Line of the first record of a kind that was never there before. */
  newLine: number;
}

const START = Date.UTC(2026, 10, 24, 6, 0, 0);
const TRACE = [
  'java.net.ConnectException: Connection refused',
  '\tat com.shop.db.Pool.open(Pool.java:4)',
  '\tat com.shop.db.Pool.take(Pool.java:9)',
];

/** A workspace with the log of a shop that goes well, until its database refuses connections; with the source of a frame. */
export async function makeShopLog(janitor: Janitor, records: number): Promise<ShopLog> {
  const workspace = await janitor.makeFolder('shop');
  const lines: string[] = [];
  let newLine = 0;
  for (let record = 0; record < records; record += 1) {
    const time = new Date(START + record * 250).toISOString().replace('T', ' ').replace('Z', '').replace('.', ',');
    const late = record > records * 0.8;
    if (late && record % 40 === 0) {
      if (newLine === 0) newLine = lines.length + 1;
      lines.push(
        `${time} ERROR [db-pool] com.shop.db.Pool - connection to 10.0.0.7:5432 refused after ${record % 9} retries`,
      );
      lines.push(...TRACE);
    } else if (record % 97 === 0) {
      lines.push(`${time} WARN  [main] com.shop.auth.Login - login failed for user ${record % 700}`);
    } else {
      lines.push(
        `${time} INFO  [http-${record % 8}] com.shop.http.Access - GET /api/items/${record % 5000} 200 in ${5 + (record % 90)} ms`,
      );
    }
  }
  const file = path.join(workspace, 'app.log');
  await writeFile(file, `${lines.join('\n')}\n`);
  await writeFile(path.join(workspace, 'Pool.java'), 'package com.shop.db;\n\nclass Pool {\n  void open() {}\n}\n');
  return { workspace, file, newLine };
}
