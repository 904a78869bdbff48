// The stock client, driven by a test: one JSON command a line in, one JSON report a line out.
//
//   {do: "open", url, options}            connects; every later report follows by itself
//   {do: "call", number, event, payload}  reports {answer: number, ack}
//   {do: "cut", kindly}                   the transport is closed, or its TCP connection destroyed
//   {do: "back", url}                     connects again, to another node if a url is given
//   {do: "leave"}                         disconnects on purpose
//   {do: "pause"} {do: "read"}            stops reading from the TCP connection, and goes on
const { io } = require("socket.io-client");
const lines = require("node:readline").createInterface({ input: process.stdin });

let socket;
const tell = (report) => process.stdout.write(JSON.stringify(report) + "\n");
const tcp = () => socket.io.engine.transport.ws._socket;

function cut() {
  const { transport } = socket.io.engine;
  if (transport.name === "websocket") tcp().destroy();
  else transport.onError("cut"); // a poll that fails
}

function watch() {
  socket.on("connect", () => tell({ connected: socket.id, recovered: socket.recovered ?? false }));
  socket.on("connect_error", (error) => tell({ refused: error.message, data: error.data ?? null }));
  socket.on("disconnect", (reason) => tell({ disconnected: reason }));
  socket.onAny((event, ...args) => tell({ event, args }));
}

const commands = {
  open({ url, options }) {
    socket = io(url, { reconnection: false, ...options });
    watch();
  },
  call({ number, event, payload }) {
    socket.timeout(20000).emit(event, payload, (error, ack) =>
      tell({ answer: number, ack: error ? { ok: false, error: String(error) } : ack }));
  },
  cut({ kindly }) {
    if (kindly) socket.io.engine.close();
    else cut();
  },
  back({ url }) {
    if (url) socket.io.uri = url;
    socket.connect();
  },
  leave: () => socket.disconnect(),
  pause() {
    tcp().pause();
    tell({ paused: true });
  },
  read: () => tcp().resume(),
};

lines.on("line", (line) => {
  const command = JSON.parse(line);
  commands[command.do](command);
});
lines.on("close", () => process.exit(0));
