import type { Dashboard } from "./panels.ts";

export const GPUS: Dashboard = {
  name: "gpus",
  title: "GPUs",
  panels: [
    { title: "GPUs", unit: "short", stat: true, queries: [{ expr: "count(DCGM_FI_DEV_GPU_UTIL)", legend: "GPUs" }] },
    {
      title: "With work",
      unit: "short",
      stat: true,
      queries: [{ expr: 'count(DCGM_FI_DEV_GPU_UTIL{exported_pod!=""}) or vector(0)', legend: "GPUs" }],
    },
    {
      title: "Busy",
      unit: "percent",
      stat: true,
      queries: [{ expr: "avg(DCGM_FI_DEV_GPU_UTIL)", legend: "utilisation" }],
    },
    { title: "Power", unit: "watt", stat: true, queries: [{ expr: "sum(DCGM_FI_DEV_POWER_USAGE)", legend: "power" }] },
    {
      title: "Busy, by who holds them",
      unit: "percent",
      queries: [
        {
          expr: 'avg by (exported_namespace) (DCGM_FI_DEV_GPU_UTIL{exported_pod!=""})',
          legend: "{{exported_namespace}}",
        },
      ],
    },
    {
      title: "Memory used",
      unit: "percentunit",
      queries: [
        {
          expr: "avg by (Hostname, gpu) (DCGM_FI_DEV_FB_USED / (DCGM_FI_DEV_FB_USED + DCGM_FI_DEV_FB_FREE))",
          legend: "{{Hostname}} {{gpu}}",
        },
      ],
    },
    {
      title: "Temperature",
      unit: "celsius",
      limit: { value: 85 },
      queries: [{ expr: "max by (Hostname, gpu) (DCGM_FI_DEV_GPU_TEMP)", legend: "{{Hostname}} {{gpu}}" }],
    },
    {
      title: "Errors (XID)",
      unit: "short",
      queries: [{ expr: "max by (Hostname, gpu) (DCGM_FI_DEV_XID_ERRORS)", legend: "{{Hostname}} {{gpu}}" }],
    },
  ],
};
