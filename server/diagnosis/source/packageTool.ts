import type { ServiceTarget } from '../targets/target.ts';

/** Programs that no package of npm stands for. */
const SYSTEM_PROGRAMS =
  /^(?:ffmpeg|ffprobe|convert|magick|python[\d.]*|pip[\d.]*|docker|docker-compose|podman|curl|wget|jq|make|git|java|go|cargo|ruby|php|psql|pg_dump|mysql|redis-cli|redis-server|nginx|openssl|pandoc|gs|wkhtmltopdf|chromium|google-chrome|bash|zsh|aws|kubectl|helm|terraform|sqlite3)$/;

/** A command of the start script itself that comes with a package: its package is missing, not a file. */
export function isPackageTool(program: string, service: ServiceTarget): boolean {
  return (
    service.command?.at.file.endsWith('package.json') === true &&
    new RegExp(String.raw`(?:^|[\s;&|])${program.replace(/[.+]/g, String.raw`\$&`)}(?:\s|$)`).test(
      service.command.text,
    ) &&
    !SYSTEM_PROGRAMS.test(program)
  );
}
