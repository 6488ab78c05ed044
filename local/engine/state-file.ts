import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../../submission/spec/user-error.ts";
import type { PulumiFolder } from "./pulumi-folder.ts";

const lock = z.looseObject({ pid: z.number().int(), hostname: z.string() });
const resource = z.looseObject({ urn: z.string(), type: z.string() });
const state = z.looseObject({
  checkpoint: z.looseObject({
    latest: z
      .looseObject({
        resources: z.array(resource).nullish(),
        pending_operations: z.array(z.looseObject({ type: z.string(), resource })).nullish(),
      })
      .nullish(),
  }),
});

/** One stack in the file backend. */
export interface StackState {
  exists: boolean;
  /** Number of recorded resources, the stack itself included. */
  resources: number;
  /** Operations that were under way when an update was cut off. */
  pending: { type: string; urn: string }[];
}

export function readStackState(folder: PulumiFolder, project: string, stack: string): StackState {
  const file = join(folder.backend, ".pulumi", "stacks", project, `${stack}.json`);
  if (!existsSync(file)) return { exists: false, resources: 0, pending: [] };
  const latest = state.parse(JSON.parse(readFileSync(file, "utf8"))).checkpoint.latest;
  return {
    exists: true,
    resources: latest?.resources?.length ?? 0,
    pending: (latest?.pending_operations ?? []).map((operation) => ({
      type: operation.type,
      urn: operation.resource.urn,
    })),
  };
}

/**
 * Takes away the locks of updates that were cut off.
 *
 * @throws UserError when the process that holds a lock is still there
 */
export function releaseStaleLocks(folder: PulumiFolder, project: string, stack: string): void {
  const locks = join(folder.backend, ".pulumi", "locks", "organization", project, stack);
  if (!existsSync(locks)) return;
  for (const name of readdirSync(locks)) {
    const file = join(locks, name);
    const holder = lock.safeParse(readJson(file));
    if (holder.success && (holder.data.hostname !== hostname() || isAlive(holder.data.pid))) {
      throw new UserError(
        `Another update of stack ${stack} is running (process ${holder.data.pid} on ${holder.data.hostname}).`,
        {
          hint: "Wait for it to end. If it is not there any more, run `npm run pulumi -- cancel`.",
          exitCode: 2,
        },
      );
    }
    rmSync(file, { force: true });
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
