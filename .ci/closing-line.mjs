// Prints "N passed, N failed" from vitest's JSON report; the three static checks count as one test each.
import { readFileSync } from "node:fs";

const [report, failedChecks, testExit] = process.argv.slice(2);
let passed = 3 - Number(failedChecks);
let failed = Number(failedChecks);
try {
  const result = JSON.parse(readFileSync(report, "utf8"));
  passed += result.numPassedTests;
  failed += result.numFailedTests;
  const broken = result.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
  for (const file of broken) console.log(`could not run: ${file.name}: ${file.message}`);
  failed += broken.length;
} catch (error) {
  console.log(`no test report: ${error.message}`);
  failed += 1;
}
// A runner that failed outside any test (set-up, an unhandled rejection) must not pass as green.
if (Number(testExit) !== 0 && failed === 0) failed = 1;
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && Number(testExit) === 0 ? 0 : 1);
