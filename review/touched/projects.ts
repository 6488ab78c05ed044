import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { UserError } from "../../submission/spec/user-error.ts";

/** One stack that a file of the checkout declares. */
export interface Stack {
  /** Name of its project, e.g. `orchestration-layer`. */
  readonly project: string;
  /** Folder of Pulumi.yaml, from the checkout's root; `.` is the root. */
  readonly folder: string;
  readonly name: string;
  /** Its configuration, from the checkout's root. */
  readonly file: string;
  /** Files of the stacks that it names (`organization/<project>/<stack>` in its configuration), from the checkout's root. */
  readonly references: readonly string[];
  /** Which settings of policy packs are meant for it: the name of the stack that it builds on, else its own. */
  readonly environment: string;
  /** Its cluster is the embedded one, which `npm start` brings up: it cannot be previewed without. */
  readonly embedded: boolean;
}

export interface Project {
  readonly name: string;
  readonly folder: string;
  /** File or folder of the program, from the checkout's root. */
  readonly main: string;
  readonly stacks: readonly Stack[];
}

/** As people write it: `orchestration-layer/prod`. */
export const stackName = ({ project, name }: Pick<Stack, "project" | "name">): string => `${project}/${name}`;

const projectFile = z.looseObject({ name: z.string(), main: z.string().default(".") });
const stackFile = z.looseObject({ config: z.record(z.string(), z.unknown()).nullish() });
const embeddedCluster = z.looseObject({ kind: z.literal("embedded") });

/** A stack by its file alone. */
interface Declared extends Pick<Stack, "project" | "folder" | "name" | "file" | "embedded"> {
  readonly config: Readonly<Record<string, unknown>>;
}

/**
 * Every project of a checkout with the stacks beside it, in the order of their names.
 *
 * @param root folder that `files` begin in
 * @param files the checkout's files; what lies under `test/` is no project of its own
 * @throws UserError when a file is no YAML or has no name
 */
export function findProjects(root: string, files: readonly string[]): Project[] {
  const own = files.filter((file) => !file.startsWith("test/"));
  const projects = own
    .filter((file) => /(^|\/)Pulumi\.yaml$/.test(file))
    .map((file) => ({ folder: dirname(file), ...read(root, file, projectFile) }))
    .sort(by(({ name }) => name));
  const declared = projects.flatMap(({ name: project, folder }) =>
    own.flatMap((file) => {
      const name = dirname(file) === folder ? stackIn(file) : undefined;
      return name === undefined ? [] : [declare(root, { project, folder, name, file })];
    }),
  );
  const stacks = declared.map((stack) => describe(stack, declared)).sort(by(({ name }) => name));
  return projects.map(({ name, folder, main }) => ({
    name,
    folder,
    main: join(folder, main),
    stacks: stacks.filter(({ project }) => project === name),
  }));
}

/** Name of the stack that a file configures: `Pulumi.prod.yaml` is that of `prod`. */
export const stackIn = (file: string): string | undefined => /(?:^|\/)Pulumi\.([^/]+)\.ya?ml$/.exec(file)?.[1];

function declare(root: string, about: Pick<Stack, "project" | "folder" | "name" | "file">): Declared {
  const config = read(root, about.file, stackFile).config ?? {};
  return { ...about, config, embedded: embeddedCluster.safeParse(config[`${about.project}:cluster`]).success };
}

function describe({ config, ...stack }: Declared, all: readonly Declared[]): Stack {
  const named = Object.values(config).flatMap((value) => {
    const [, project, name] = /^[^/\s]+\/([^/\s]+)\/([^/\s]+)$/.exec(String(value)) ?? [];
    return all.filter((other) => other.project === project && other.name === name);
  });
  return {
    ...stack,
    references: named.map(({ file }) => file),
    environment: named[0]?.name ?? stack.name,
    embedded: stack.embedded || named.some(({ embedded }) => embedded),
  };
}

function read<T extends z.ZodType>(root: string, file: string, schema: T): z.output<T> {
  try {
    return schema.parse(parse(readFileSync(join(root, file), "utf8")) ?? {});
  } catch (error) {
    const why =
      error instanceof z.ZodError
        ? error.issues.map(({ path, message }) => `${path.join(".")} ${message}`.trim()).join("; ")
        : error instanceof Error
          ? error.message
          : String(error);
    throw new UserError(`${file} cannot be read: ${why}`, {
      hint: "It must be YAML as Pulumi reads it.",
      cause: error,
    });
  }
}

function by<T>(key: (value: T) => string): (left: T, right: T) => number {
  return (left, right) => (key(left) < key(right) ? -1 : 1);
}
