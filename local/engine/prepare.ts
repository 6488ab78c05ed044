import { join } from "node:path";
import { cacheRoot, ensureTools, findData } from "../toolchain/index.ts";
import { prepareCrds } from "./crds.ts";
import { NODE_BIN } from "./packages.ts";
import { choosePlugins, type PluginChoice, type PluginMode } from "./plugins.ts";
import {
  backendUrl,
  createPulumiFolder,
  installLanguageHost,
  installPolicyHost,
  installPrograms,
  type PulumiFolder,
  pulumiFolder,
} from "./pulumi-folder.ts";

export interface EngineOptions {
  /** State folder of the environment; what the engine keeps goes into its sub-folder `pulumi`. */
  readonly stateDir: string;
  /** Path of the kubeconfig handed to the program as ORCH_KUBECONFIG. Default: `<stateDir>/kubeconfig`. */
  readonly kubeconfig?: string | undefined;
  /** More variables for the program, e.g. ORCH_KUEUE_WEBHOOK. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Default: ORCH_PLUGINS, else `auto`. */
  readonly plugins?: PluginMode | undefined;
  /** Whether the program needs the operators' custom resource definitions (ORCH_CRDS). Default true. */
  readonly crds?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An engine that is ready to run. */
export interface PreparedEngine {
  readonly folder: PulumiFolder;
  /** Path of `pulumi`. */
  readonly pulumi: string;
  /** What has to be set for any `pulumi` that works on this environment. */
  readonly variables: Record<string, string>;
  readonly plugins: PluginChoice[];
}

/** Makes engine, language host, policy host, plugins and CRDs ready; after the first time this takes some milliseconds. */
export async function prepareEngine(options: EngineOptions): Promise<PreparedEngine> {
  const { signal } = options;
  const folder = pulumiFolder(options.stateDir);
  createPulumiFolder(folder);
  const [tools, scripts, crds] = await Promise.all([
    ensureTools(["pulumi", "pulumi-language-nodejs"], signal === undefined ? {} : { signal }),
    findData("pulumi-node-scripts", signal === undefined ? {} : { signal }),
    options.crds === false ? undefined : prepareCrds(signal),
  ]);
  const host = tools["pulumi-language-nodejs"];
  const programs = [tools.pulumi.path];
  if (host.source === "path") programs.push(host.path);
  else installLanguageHost(folder, host.path);
  if ("path" in scripts) {
    installPolicyHost(folder, join(scripts.path, "pulumi-analyzer-policy"));
    programs.push(join(scripts.path, "pulumi-resource-pulumi-nodejs"));
  }
  installPrograms(folder, programs);

  const variables: Record<string, string> = {
    PATH: [folder.bin, NODE_BIN, process.env.PATH ?? ""].join(":"),
    PULUMI_HOME: folder.home,
    PULUMI_BACKEND_URL: backendUrl(folder),
    PULUMI_CONFIG_PASSPHRASE_FILE: folder.passphraseFile,
    // A stack's key is found in its state where its file lacks it.
    PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // Program and plugins load some hundred modules each: compiled once per version, not once per run.
    NODE_COMPILE_CACHE: join(cacheRoot(), "node-compile-cache"),
    // A plugin that is missing is served by ours or not at all; a download in the middle of an update would take its time.
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    // The state is one small file per stack; a copy per step costs more than the step.
    PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: "true",
    ORCH_KUBECONFIG: options.kubeconfig ?? join(options.stateDir, "kubeconfig"),
    ...(crds === undefined ? {} : { ORCH_CRDS: crds }),
    ...options.env,
  };
  const pulumi = join(folder.bin, "pulumi");
  const mode = options.plugins ?? (process.env.ORCH_PLUGINS === "ours" ? "ours" : "auto");
  const plugins = await choosePlugins(folder, {
    mode,
    cacheDir: cacheRoot(),
    pulumi,
    env: { ...process.env, ...variables },
  });
  // The state is then written once, at the end, and not twice per resource (with the CRDs in it 2 s of 2 cores each time).
  // An update that is killed before is safe with our plugin: what it created is recognised by its field manager and taken up.
  if (plugins.every(({ source }) => source === "ours")) variables.PULUMI_SKIP_CHECKPOINTS = "true";
  return { folder, pulumi, variables, plugins };
}
