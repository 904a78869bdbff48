// The official Socket.IO server under the generator's protocol, as its documentation builds it.
const http = require("node:http");
const { Server } = require("socket.io");

/** Makes a server; with `redisUrl`, nodes share rooms by the Redis adapter. */
async function openServer(redisUrl) {
  const options = { serveClient: false, cors: { origin: "*" } };
  if (redisUrl) {
    const { createClient } = require("redis");
    const { createAdapter } = require("@socket.io/redis-adapter");
    const publisher = createClient({ url: redisUrl });
    const subscriber = publisher.duplicate();
    await Promise.all([publisher.connect(), subscriber.connect()]);
    options.adapter = createAdapter(publisher, subscriber);
  }
  const server = http.createServer();
  return { io: new Server(server, options), server };
}

/** Listens and says so on a line of its own. */
function listen(server, port) {
  server.listen({ port, host: "127.0.0.1", backlog: 4096 }, () => console.log("up"));
}

module.exports = { openServer, listen };
