// Peer for ephemeral events: node fanout.js PORT. With REDIS_URL, several nodes behave as one.
const { openServer, listen } = require("./server.js");

async function main() {
  const { io, server } = await openServer(process.env.REDIS_URL);
  io.on("connection", (socket) => {
    socket.on("stream:subscribe", ({ stream }, ack) => {
      socket.join(stream);
      ack({ ok: true, data: { seq: 0 } });
    });
    socket.on("stream:ack", ({ stream, seq }) => {
      const data = { user_id: "00000000-0000-0000-0000-000000000000", seq };
      io.to(stream).emit("delivered:updated", { stream, data });
    });
    socket.on("clock:ping", ({ t0 }, ack) => {
      const now = performance.timeOrigin + performance.now();
      ack({ ok: true, data: { t0, t1: now, t2: now } });
    });
  });
  listen(server, Number(process.argv[2]));
}

main();
