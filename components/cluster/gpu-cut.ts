import type { GpuCut } from "./pools.ts";

const BOUNDARY = "orch-user-data";
const SCRIPT = "/usr/local/sbin/orch-cut-gpus";

/**
 * User data that cuts all GPUs of a machine before its kubelet starts, at every boot: the mode stays over a reboot, the slices do not,
 * and A100s of a virtual machine take on the mode by a reboot only. A machine that cannot be cut does not join, so that no node ever
 * offers what it does not have. EKS puts its own part beside it and starts the kubelet after it.
 */
export function cutGpus({ slice, perGpu }: GpuCut): string {
  const script = [
    "#!/bin/bash",
    "set -euo pipefail",
    "modes() { nvidia-smi --query-gpu=mig.mode.current --format=csv,noheader | sort -u; }",
    'if [ "$(modes)" != Enabled ]; then',
    "  nvidia-smi -mig 1",
    '  [ "$(modes)" = Enabled ] || { systemctl reboot; sleep infinity; }',
    "fi",
    "nvidia-smi mig -dci || true",
    "nvidia-smi mig -dgi || true",
    `nvidia-smi mig -cgi ${Array(perGpu).fill(slice).join(",")} -C`,
  ];
  const unit = [
    "[Unit]",
    "Description=Cuts the GPUs into slices",
    "After=nvidia-persistenced.service nvidia-fabricmanager.service",
    "Before=kubelet.service",
    "[Service]",
    "Type=oneshot",
    "RemainAfterExit=yes",
    `ExecStart=${SCRIPT}`,
    "[Install]",
    "RequiredBy=kubelet.service",
  ];
  const install = [
    "#!/bin/bash",
    "set -euo pipefail",
    ...written(SCRIPT, script),
    `chmod 0755 ${SCRIPT}`,
    ...written("/etc/systemd/system/orch-cut-gpus.service", unit),
    "systemctl daemon-reload",
    "systemctl enable --now orch-cut-gpus.service",
  ];
  return [
    "MIME-Version: 1.0",
    `Content-Type: multipart/mixed; boundary="${BOUNDARY}"`,
    "",
    `--${BOUNDARY}`,
    'Content-Type: text/x-shellscript; charset="us-ascii"',
    "",
    ...install,
    "",
    `--${BOUNDARY}--`,
    "",
  ].join("\n");
}

const written = (path: string, lines: readonly string[]) => [`cat > ${path} <<'ORCH_END'`, ...lines, "ORCH_END"];
