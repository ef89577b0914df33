import * as z from 'zod';
import { defineNotification, defineRequest } from './defineMessage.ts';

export const ContainerDied = z.object({
  /** The folder of the window that it belongs to, as `watchContainers` named it. */
  workspace: z.string(),
  service: z.string(),
  container: z.string(),
  exitCode: z.number().int(),
});
export type ContainerDied = z.infer<typeof ContainerDied>;

/** client → server: from now on, tell this window of compose services of these folders that die. Replaces the earlier list; an empty one ends it. */
export const watchContainers = defineRequest(
  'tektra/containers/watch',
  z.object({ workspaces: z.array(z.string()) }),
  z.null(),
);

/** server → client: a compose service of a watched folder ended, and nobody had asked it to. */
export const containerDied = defineNotification('tektra/containers/died', ContainerDied);
