import { LocalWorkspace, Stack } from "@pulumi/pulumi/automation/index.js";
import { engineCommand } from "./command.ts";
import type { PreparedEngine } from "./prepare.ts";
import { prepareStackConfig, projectName } from "./stack-config.ts";
import { readStackState, releaseStaleLocks } from "./state-file.ts";

/**
 * Opens a stack, made anew where it does not exist, ready for an operation: locks of updates that were cut off are taken
 * away and their unfinished operations forgotten.
 *
 * @throws UserError when another update of the stack is running
 */
export async function openStack(
  engine: PreparedEngine,
  projectDir: string,
  name: string,
  config: Readonly<Record<string, string>>,
): Promise<Stack> {
  const project = projectName(projectDir);
  releaseStaleLocks(engine.folder, project, name);
  const workspace = await LocalWorkspace.create({
    workDir: projectDir,
    pulumiHome: engine.folder.home,
    envVars: engine.variables,
    pulumiCommand: await engineCommand(engine, prepareStackConfig(engine.folder, projectDir, name, config)),
  });
  const state = readStackState(engine.folder, project, name);
  const stack = state.exists ? await Stack.select(name, workspace) : await Stack.create(name, workspace);
  if (state.pending.length > 0) await forgetPending(stack);
  return stack;
}

/**
 * An update that was cut off leaves operations of unknown outcome. They are forgotten: an object that was created all the
 * same carries this resource's field manager, and the next update takes it up again.
 */
async function forgetPending(stack: Stack): Promise<void> {
  const exported = await stack.exportStack();
  const { pending_operations: _, ...deployment } = exported.deployment as Record<string, unknown>;
  await stack.importStack({ ...exported, deployment });
}
