import { describe, expect, test } from "vitest";
import { completed, needsStack, optionOf, withoutOption } from "../../../local/engine/arguments.ts";
import { withConfig } from "../../../local/engine/command.ts";

describe("arguments of npm run pulumi", () => {
  test("an option is read in both spellings, and not from behind a double dash", () => {
    expect(optionOf(["up", "--stack", "dev"], "--stack")).toBe("dev");
    expect(optionOf(["up", "--stack=dev"], "--stack")).toBe("dev");
    expect(optionOf(["config", "set", "key", "--", "--stack"], "--stack")).toBeUndefined();
  });

  test("an option of ours is taken out before pulumi sees it", () => {
    expect(withoutOption(["--state", "dir", "up", "--yes"], "--state")).toEqual(["up", "--yes"]);
    expect(withoutOption(["up", "--state=dir"], "--state")).toEqual(["up"]);
  });

  test("the stack local is meant where a stack is needed and none is named", () => {
    expect(completed(["up", "--yes"])).toEqual(["up", "--stack", "local", "--yes"]);
    expect(completed(["stack", "output", "profile"])).toContain("local");
    expect(completed(["preview", "--stack", "dev"])).toEqual(["preview", "--stack", "dev"]);
    expect(completed(["preview", "-s", "dev"])).toEqual(["preview", "-s", "dev"]);
    expect(completed(["version"])).toEqual(["version"]);
    expect(completed(["up", "--help"])).toEqual(["up", "--help"]);
  });

  test("only what runs an update or configures makes a missing stack", () => {
    expect(["up", "preview", "config"].map((command) => needsStack([command]))).toEqual([true, true, true]);
    expect(["stack", "version", "whoami"].map((command) => needsStack([command]))).toEqual([false, false, false]);
  });

  test("commands that read configuration are told the environment's file, unless the user names another", () => {
    const config = { folder: "/state", file: "/state/Pulumi.local.yaml" };
    expect(withConfig(["up", "--yes"], config)).toEqual(["up", "--config-file", config.file, "--yes"]);
    expect(withConfig(["up", "--config-file", "mine"], config)).toEqual(["up", "--config-file", "mine"]);
    expect(withConfig(["stack", "ls"], config)).toEqual(["stack", "ls"]);
  });
});
