import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { markdown } from "../../../review/summary/markdown.ts";
import { MASK, secretMask } from "../../../review/summary/secrets.ts";

const md = markdown(String);

describe("text of unknown origin", () => {
  test.each([
    ["a | b", "a &#124; b"],
    ["<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"],
    ["`code` *bold* _it_", "\\`code\\` \\*bold\\* \\_it\\_"],
    ["[a link](https://evil.example)", "\\[a link\\](https:&#47;&#47;evil.example)"],
    ["www.evil.example", "www&#46;evil.example"],
    ["@everyone &amp; #12", "&#64;everyone &amp;amp; \\#12"],
    ["two\nlines\r\n\tof it", "two lines of it"],
    ["right\u202eto left\u0007\u001b[31m", "rightto left\\[31m"],
  ])("%j stays text", (text, escaped) => {
    expect(md.text(text)).toBe(escaped);
  });

  test.each([
    ["plain", "`plain`"],
    ["a`b", "`` a`b ``"],
    ["a``b`c", "``` a``b`c ```"],
    ["a|b", "`a\\|b`"],
    ["a\nb", "`a b`"],
  ])("%j in code type is %j", (text, code) => {
    expect(md.code(text)).toBe(code);
  });

  test("a block cannot be left from within", () => {
    expect(md.block("```\n# out")).toBe("````text\n```\n# out\n````");
  });

  test("never ends a cell or a line, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        for (const cell of [md.text(text), md.code(text)]) {
          expect(cell).not.toMatch(/[\n\r]/);
          expect(cell.replaceAll("\\|", "")).not.toContain("|");
        }
        expect(md.text(text)).not.toMatch(/[<>@]|(?<!\\)[`*_[\]]/);
      }),
    );
  });
});

describe("secrets", () => {
  const mask = secretMask({
    AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI*K7MDENG",
    GITHUB_TOKEN: "correct",
    PULUMI_CONFIG_PASSPHRASE: "correct-horse",
    PULUMI_CONFIG_PASSPHRASE_FILE: "/home/me/passphrase",
    SHORT_TOKEN: "the",
    HOME: "/home/me",
  });

  test("of the environment are masked, the longer one first, and in text that is escaped afterwards", () => {
    expect(mask("key wJalrXUtnFEMI*K7MDENG, correct-horse, correct in the /home/me/passphrase")).toBe(
      `key ${MASK}, ${MASK}, ${MASK} in the /home/me/passphrase`,
    );
    expect(markdown(mask).text("wJalrXUtnFEMI*K7MDENG")).toBe("\\[secret\\]");
    expect(markdown(mask).block("say correct-horse")).toContain(MASK);
  });

  test.each([
    "AKIAIOSFODNN7EXAMPLE",
    "ghp_0123456789abcdefghij0123456789abcdef",
    "hvs.CAESIJ0123456789abcdefghijkl",
    "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJlLW9mLWl0",
    "-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----",
  ])("that have a known form are masked: %s", (secret) => {
    expect(mask(`before ${secret} after`)).toBe(`before ${MASK} after`);
  });

  test("in an address are masked, the rest of it stays", () => {
    expect(mask("postgres://me:hunter2@db.example/x")).toBe(`postgres://me:${MASK}@db.example/x`);
  });
});
