import type { TestProject } from "vitest/node";
import { startControlPlane } from "./control-plane.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Administrator's kubeconfig of the control plane all service tests share. */
    serviceKubeconfig: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const controlPlane = await startControlPlane();
  project.provide("serviceKubeconfig", controlPlane.kubeconfig);
  return () => controlPlane.stop();
}
