// Lambda's Runtime API for Node.js. AWS's own client, aws-lambda-ric, compiles C++ when it is installed, for which few
// machines have the tools; this asks the same questions over one connection that is kept.
import { Agent, request } from "node:http";
import { pathToFileURL } from "node:url";

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const PATH = "/2018-06-01/runtime";

function ask(method, path, body) {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const asked = request({ host, port, method, path: PATH + path, agent, headers }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve({ headers: response.headers, text: Buffer.concat(chunks).toString() }));
      response.on("error", reject);
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

function told(error) {
  return JSON.stringify({ errorType: error.name, errorMessage: error.message, trace: String(error.stack).split("\n") });
}

let handler;
try {
  ({ handler } = await import(pathToFileURL(process.argv[2])));
} catch (error) {
  await ask("POST", "/init/error", told(error));
  throw error;
}
for (;;) {
  const { headers, text } = await ask("GET", "/invocation/next");
  const id = headers["lambda-runtime-aws-request-id"];
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  const context = { awsRequestId: id, getRemainingTimeInMillis: () => deadline - Date.now() };
  try {
    const answer = await handler(JSON.parse(text), context);
    await ask("POST", `/invocation/${id}/response`, JSON.stringify(answer ?? null));
  } catch (error) {
    await ask("POST", `/invocation/${id}/error`, told(error));
  }
}
