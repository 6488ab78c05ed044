import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { cutGpus } from "../../../components/cluster/gpu-cut.ts";

const folder = mkdtempSync(join(tmpdir(), "orch-gpu-cut-"));
const calls = join(folder, "calls");
const mode = join(folder, "mode");
const userData = cutGpus({ slice: "1g.10gb", perGpu: 7 });
afterAll(() => rmSync(folder, { recursive: true }));

/** The file that the user data writes at this path. */
const written = (path: string) =>
  new RegExp(`cat > ${path} <<'ORCH_END'\\n(.*?)\\nORCH_END\\n`, "s").exec(userData)?.[1] ?? "";

/** A program that notes how it is called, and does this. */
function standIn(name: string, does: string): void {
  writeFileSync(join(folder, name), `#!/bin/bash\necho "${name} $*" >> ${calls}\n${does}\n`);
  chmodSync(join(folder, name), 0o755);
}

/** Runs what cuts, on a machine whose GPUs take on the mode at once, or only by a reboot. */
function boot(takesOn: "at once" | "by a reboot"): readonly string[] {
  writeFileSync(calls, "");
  const enable = takesOn === "at once" ? `echo Enabled > ${mode}` : "true";
  standIn(
    "nvidia-smi",
    `case "$*" in *mig.mode.current*) cat ${mode} ${mode} ;; "-mig 1") ${enable} ;; *-dci|*-dgi) exit 6 ;; esac`,
  );
  standIn("systemctl", "");
  // In place of waiting for the reboot.
  standIn("sleep", "kill $PPID");
  spawnSync("bash", ["-c", written("/usr/local/sbin/orch-cut-gpus")], {
    env: { PATH: `${folder}:${process.env.PATH}` },
  });
  return readFileSync(calls, "utf8")
    .trim()
    .split("\n")
    .filter((call) => !call.includes("query"));
}

const CUT = [
  "nvidia-smi mig -dci",
  "nvidia-smi mig -dgi",
  "nvidia-smi mig -cgi 1g.10gb,1g.10gb,1g.10gb,1g.10gb,1g.10gb,1g.10gb,1g.10gb -C",
];

describe("a machine with GPUs to be cut", () => {
  beforeEach(() => writeFileSync(mode, "Disabled\n"));

  test("takes on the mode and cuts all of them; there being nothing to clear away is fine", () => {
    expect(boot("at once")).toEqual(["nvidia-smi -mig 1", ...CUT]);
  });

  test("that takes on the mode by a reboot only reboots, and cuts nothing before", () => {
    expect(boot("by a reboot")).toEqual(["nvidia-smi -mig 1", "systemctl reboot", "sleep infinity"]);
  });

  test("cuts them again at every later boot, without another reboot", () => {
    writeFileSync(mode, "Enabled\n");
    expect(boot("by a reboot")).toEqual(CUT);
  });

  test("does not join before, nor when that fails", () => {
    const unit = written("/etc/systemd/system/orch-cut-gpus.service");
    expect(unit).toMatch(/^Before=kubelet\.service$/m);
    expect(unit).toMatch(/^RequiredBy=kubelet\.service$/m);
    expect(unit).toMatch(/^Type=oneshot$/m);
  });

  test("is told so beside what EKS tells it, as a part of a message of several", () => {
    expect(userData).toMatch(/^MIME-Version: 1\.0\nContent-Type: multipart\/mixed; boundary="(.+)"\n\n--\1\n/);
    const script = /x-shellscript; charset="us-ascii"\n\n(.*)\n--/s.exec(userData)?.[1] ?? "";
    expect(script).toMatch(/^#!/);
    expect(spawnSync("bash", ["-n"], { input: script }).status).toBe(0);
  });
});
