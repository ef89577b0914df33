/** One place in a file of the workspace. `file` is relative to the workspace, `line` 1-based. */
export interface SourceLine {
  file: string;
  line: number;
}

export interface ComposePort {
  /** Host port; undefined when the engine chooses it. */
  published: number | undefined;
  hostAddress: string | undefined;
  target: number;
  protocol: 'tcp' | 'udp';
  at: SourceLine;
}

export interface ComposeVariable {
  name: string;
  /** After interpolation; undefined for `KEY:` with no value (passed through from the shell). */
  value: string | undefined;
  at: SourceLine;
}

export interface ComposeMount {
  kind: 'bind' | 'volume' | 'tmpfs';
  /** As written after interpolation; for binds resolved against the compose file's folder. */
  source: string | undefined;
  target: string;
  readOnly: boolean;
  at: SourceLine;
}

export interface ComposeService {
  name: string;
  at: SourceLine;
  image: string | undefined;
  build: { context: string; dockerfile: string | undefined } | undefined;
  command: string[] | string | undefined;
  environment: ComposeVariable[];
  envFiles: { path: string; required: boolean; at: SourceLine }[];
  ports: ComposePort[];
  mounts: ComposeMount[];
  dependsOn: { service: string; condition: string; at: SourceLine }[];
  restart: string | undefined;
  profiles: string[];
  healthcheck: boolean;
}

/** A `${NAME}` in a compose file that has no value. `required`: written `${NAME:?…}` or `${NAME?…}`. */
export interface MissingVariable {
  name: string;
  required: boolean;
  message: string | undefined;
  at: SourceLine;
}

export interface ComposeProblem {
  message: string;
  at: SourceLine;
}

/** A compose project as the engine would resolve it: base file, override file and `COMPOSE_FILE` merged. */
export interface ComposeProject {
  files: string[];
  /** Services of the active profiles (`COMPOSE_PROFILES`); the others are in `inactive`. */
  services: ComposeService[];
  inactive: ComposeService[];
  missingVariables: MissingVariable[];
  /** Not YAML, wrong shapes, unknown services in depends_on. The parts that could be read are still in `services`. */
  problems: ComposeProblem[];
}

/** Compose files, read and resolved without the engine. */
export interface Compose {
  /** Projects of a workspace, one for each folder that holds compose files. `environment` is the shell's; the folder's `.env` is read as compose does. */
  projects(
    workspace: string,
    files: string[],
    environment: Readonly<Record<string, string | undefined>>,
    signal: AbortSignal,
  ): Promise<ComposeProject[]>;
}
