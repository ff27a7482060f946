// @ts-check
// Shows how a program calls yifen: lists terminals page by page, takes a file of them, reads a problem.
// The types are in the comments, so that Node runs the file as it is and TypeScript checks it:
//
//   node docs/examples/typescript/example.mjs
//   npx tsc --noEmit --allowJs --strict --target es2022 --module nodenext --types node docs/examples/typescript/example.mjs
//
// YIFEN is the address of the installation, YIFEN_KEY an API key.

const address = process.env.YIFEN ?? "http://127.0.0.1:8080";
const key = process.env.YIFEN_KEY ?? "yf_test_demo_898290054110001"; // everybody's, in the demo

/**
 * @typedef {{ number: string, state: string, online: boolean }} Terminal
 * @typedef {{ data: Terminal[], has_more: boolean, next_cursor: string }} Page
 * @typedef {{ status: number, code: string, detail: string, request_id: string }} Problem
 */

/** An answer that says what did not work (RFC 9457). */
class YifenError extends Error {
  /** @param {Problem} problem */
  constructor(problem) {
    super(`${problem.code} (${problem.status}): ${problem.detail}`);
    this.problem = problem;
  }
}

/**
 * Reads a path.
 * @param {string} path
 * @param {Record<string, string>} [query]
 * @returns {Promise<Response>}
 */
async function get(path, query = {}) {
  const response = await fetch(`${address}${path}?${new URLSearchParams(query)}`, {
    headers: { Authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok) throw new YifenError(/** @type {Problem} */ (await response.json()));
  return response;
}

/**
 * Goes through all terminals, the newest first; two at a time, to show how pages follow each other.
 * @returns {AsyncGenerator<Terminal>}
 */
async function* terminals() {
  let cursor = "";
  do {
    /** @type {Record<string, string>} */
    const query = cursor ? { limit: "2", cursor } : { limit: "2" };
    const page = /** @type {Page} */ (await (await get("/v1/terminals", query)).json());
    yield* page.data;
    cursor = page.has_more ? page.next_cursor : "";
  } while (cursor);
}

let count = 0;
for await (const t of terminals()) {
  count++;
  console.log(`terminal ${t.number} ${t.state} online: ${t.online}`);
}
console.log(`terminals: ${count}`);

const file = await (await get("/v1/terminals/export", { format: "csv", lang: "en" })).arrayBuffer();
console.log(`exported bytes: ${file.byteLength}`);

try {
  await get("/v1/terminals/trm_nothing"); // it is not there: what went wrong is told by a word
} catch (error) {
  if (!(error instanceof YifenError)) throw error;
  console.log(`problem: ${error.problem.code}`);
}
