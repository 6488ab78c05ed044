import { createHash } from "node:crypto";
import { mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../submission/spec/user-error.ts";
import type { MavenData } from "./data-catalog.ts";
import { runCommand } from "./go-command.ts";

/** The plugin's version is pinned: which one Maven takes by itself differs between its releases. */
const unpackGoal = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:unpack";

/**
 * Takes files out of a published jar with the user's Maven, which knows their mirrors.
 * @throws UserError when there is no Maven, it cannot download, or a file is not what is pinned
 */
export async function unpackMavenArtifact(
  name: string,
  data: MavenData,
  to: string,
  options: { env: NodeJS.ProcessEnv; signal: AbortSignal },
): Promise<void> {
  const scratch = await mkdtemp(join(to, "jar-"));
  const coordinates = `${data.artifact}:${data.version}`;
  const args = [
    "--batch-mode",
    "--quiet",
    unpackGoal,
    `-Dartifact=${coordinates}`,
    `-DoutputDirectory=${scratch}`,
    `-Dmdep.unpack.includes=${data.folder}/*`,
    // Older releases of the plugin know the setting by this name.
    `-Dmdep.includes=${data.folder}/*`,
  ];
  const result = await runCommand("mvn", args, { cwd: scratch, ...options }).catch((cause: unknown) => {
    options.signal.throwIfAborted();
    throw new UserError(`${name} comes in the jar ${coordinates}, and Maven is not on PATH to download it.`, {
      hint: "Install Maven with a Java 11 or later; nothing else needs them.",
      exitCode: 2,
      cause,
    });
  });
  if (result.exitCode !== 0) {
    const reasons = `${result.stdout}\n${result.lines.join("\n")}`
      .split("\n")
      .filter((line) => line.includes("[ERROR]"));
    throw new UserError(`Maven could not download ${coordinates} for ${name}:\n  ${reasons.slice(0, 3).join("\n  ")}`, {
      hint: "Check Maven's settings and the network.",
      exitCode: 2,
    });
  }
  for (const [file, expected] of Object.entries(data.files)) {
    const unpacked = join(scratch, data.folder, file);
    const found = createHash("sha256")
      .update(await readFile(unpacked))
      .digest("hex");
    if (found !== expected) {
      throw new UserError(`${file} of ${coordinates} is not the file that is pinned (SHA-256 ${found}).`, {
        hint: "A repository on the way serves another jar under this version. Do not use it.",
        exitCode: 2,
      });
    }
    await rename(unpacked, join(to, file));
  }
  await rm(scratch, { recursive: true, force: true });
}
