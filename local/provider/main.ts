#!/usr/bin/env node
/**
 * What the launcher scripts `pulumi-resource-<package>` run: serves the package named first to the engine whose address
 * comes second.
 */
import { serve } from "./protocol/serve.ts";

const [packageName = "", version = "0.0.0", engineAddress] = process.argv.slice(2);
switch (packageName) {
  case "kubernetes": {
    const { KubernetesProvider } = await import("./kubernetes/provider.ts");
    await serve((log) => new KubernetesProvider(log), version, engineAddress);
    break;
  }
  case "random": {
    const { RandomProvider } = await import("./random/provider.ts");
    await serve(() => new RandomProvider(), version, engineAddress);
    break;
  }
  case "aws":
  case "vault": {
    const { StandInProvider } = await import("./standin/provider.ts");
    await serve((log) => new StandInProvider(packageName, log), version, engineAddress);
    break;
  }
  default:
    console.error(`no provider for the package ${JSON.stringify(packageName)}`);
    process.exit(1);
}
