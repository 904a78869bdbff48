// The floor: what the kernel allows a server of the generator's protocol that does nothing else.
// usage: floor PORT each|batch
// `each` writes once per delivery; `batch` once per member and turn of the loop. No HTTP but the
// upgrade, no checks, no database: it trusts the generator in everything.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CLIENTS = 20000, ROOMS = 1024, FRAME = 70000 };

typedef struct {
  int fd, upgraded;
  uint32_t in_bytes, out_bytes, out_size;
  uint8_t in[16384], *out;
} Client;

typedef struct {
  char id[40];
  uint64_t seq;
  int count, *members, dirty;
  uint8_t *pending;
  size_t pending_bytes, pending_size;
} Room;

static Client *clients[CLIENTS];
static Room rooms[ROOMS];
static int client_count, room_count, batch, epoll;

static void put(Client *client, const uint8_t *bytes, size_t length) {
  if (!client->out_bytes) {
    ssize_t sent = send(client->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent == (ssize_t)length) return;
    if (sent > 0) bytes += sent, length -= (size_t)sent;
  }
  if (client->out_bytes + length > client->out_size) {
    client->out_size = (uint32_t)(client->out_bytes + length) * 2;
    client->out = realloc(client->out, client->out_size);
  }
  memcpy(client->out + client->out_bytes, bytes, length);
  client->out_bytes += (uint32_t)length;
}

static size_t frame(uint8_t *at, const char *text, size_t length) {
  at[0] = 0x81;
  size_t head = 2;
  if (length < 126) {
    at[1] = (uint8_t)length;
  } else {
    at[1] = 126;
    at[2] = (uint8_t)(length >> 8);
    at[3] = (uint8_t)length;
    head = 4;
  }
  memcpy(at + head, text, length);
  return head + length;
}

static void answer(Client *client, const char *text) {
  uint8_t framed[1024];
  put(client, framed, frame(framed, text, strlen(text)));
}

static Room *room_named(const char *id) {
  for (int i = 0; i < room_count; i++)
    if (!memcmp(rooms[i].id, id, 36)) return &rooms[i];
  Room *room = &rooms[room_count++];
  memcpy(room->id, id, 36);
  return room;
}

static void emit(Room *room, const char *text, size_t length) {
  static uint8_t framed[FRAME];
  size_t size = frame(framed, text, length);
  if (!batch) {
    for (int i = 0; i < room->count; i++) put(clients[room->members[i]], framed, size);
    return;
  }
  if (room->pending_bytes + size > room->pending_size) {
    room->pending_size = (room->pending_bytes + size) * 2;
    room->pending = realloc(room->pending, room->pending_size);
  }
  memcpy(room->pending + room->pending_bytes, framed, size);
  room->pending_bytes += size;
}

static void flush_rooms(void) {
  for (int r = 0; r < room_count; r++) {
    Room *room = &rooms[r];
    if (!room->pending_bytes) continue;
    for (int i = 0; i < room->count; i++)
      put(clients[room->members[i]], room->pending, room->pending_bytes);
    room->pending_bytes = 0;
  }
}

static const char *behind(const char *text, const char *name) {
  const char *found = strstr(text, name);
  return found ? found + strlen(name) : "";
}

// One call, such as 42[7]["message:create",{…}], ended by a zero byte.
static void call(Client *client, int number, const char *text) {
  static char reply[FRAME];
  int id = atoi(text + 2);
  if (strstr(text, "\"stream:subscribe\"")) {
    Room *room = room_named(behind(text, "room:"));
    room->members = realloc(room->members, (size_t)(room->count + 1) * sizeof(int));
    room->members[room->count++] = number;
    snprintf(reply, sizeof reply, "43%d[{\"ok\":true,\"data\":{\"seq\":%lu}}]", id, room->seq);
    answer(client, reply);
  } else if (strstr(text, "\"message:create\"")) {
    Room *room = room_named(behind(text, "\"room_id\":\""));
    uint64_t seq = ++room->seq;
    int length = snprintf(reply, sizeof reply,
                          "42[\"message:created\",{\"stream\":\"room:%.36s\",\"seq\":%lu,"
                          "\"data\":%s",
                          room->id, seq, strchr(text, '{'));
    memcpy(reply + length - 1, "}]", 2);  // the call's own "]" closed too early
    emit(room, reply, (size_t)length + 1);
    snprintf(reply, sizeof reply, "43%d[{\"ok\":true,\"seq\":%lu}]", id, seq);
    answer(client, reply);
  } else if (strstr(text, "\"stream:ack\"")) {
    Room *room = room_named(behind(text, "room:"));
    snprintf(reply, sizeof reply,
             "42[\"delivered:updated\",{\"stream\":\"room:%.36s\",\"data\":{\"user_id\":"
             "\"00000000-0000-0000-0000-000000000000\",\"seq\":%lu}}]",
             room->id, strtoul(behind(text, "\"seq\":"), NULL, 10));
    emit(room, reply, strlen(reply));
  } else if (strstr(text, "\"clock:ping\"")) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    double ms = (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
    snprintf(reply, sizeof reply,
             "43%d[{\"ok\":true,\"data\":{\"t0\":%.3f,\"t1\":%.3f,\"t2\":%.3f}}]", id,
             atof(behind(text, "\"t0\":")), ms, ms);
    answer(client, reply);
  }
}

static void take(Client *client, int number, char *text, size_t length) {
  text[length] = 0;
  if (!strncmp(text, "40", 2))
    answer(client, "40{\"sid\":\"floor\"}");
  else if (!strncmp(text, "42", 2))
    call(client, number, text);
}

static int upgrade(Client *client, size_t *offset) {
  // The accept key of RFC 6455 §1.3: the generator always sends that section's nonce.
  static const char response[] =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
  uint8_t *end = memmem(client->in, client->in_bytes, "\r\n\r\n", 4);
  if (!end) return 0;
  put(client, (const uint8_t *)response, sizeof response - 1);
  answer(client, "0{\"sid\":\"floor\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,"
                 "\"maxPayload\":65536}");
  client->upgraded = 1;
  *offset = (size_t)(end - client->in) + 4;
  return 1;
}

static void read_client(Client *client, int number) {
  static char text[FRAME];
  ssize_t fresh = recv(client->fd, client->in + client->in_bytes,
                       sizeof client->in - client->in_bytes, MSG_DONTWAIT);
  if (fresh < 0 && errno == EAGAIN) return;
  if (fresh <= 0) {
    epoll_ctl(epoll, EPOLL_CTL_DEL, client->fd, NULL);
    close(client->fd);
    return;
  }
  client->in_bytes += (uint32_t)fresh;
  size_t offset = 0;
  if (!client->upgraded && !upgrade(client, &offset)) return;
  for (;;) {
    const uint8_t *at = client->in + offset;
    size_t left = client->in_bytes - offset, head = 2, length;
    if (left < 6) break;
    length = at[1] & 127;
    if (length == 126) length = (size_t)at[2] << 8 | at[3], head = 4;
    if (left < head + 4 + length) break;
    for (size_t i = 0; i < length; i++) text[i] = (char)(at[head + 4 + i] ^ at[head + (i & 3)]);
    if ((at[0] & 15) == 1) take(client, number, text, length);
    offset += head + 4 + length;
  }
  client->in_bytes -= (uint32_t)offset;
  memmove(client->in, client->in + offset, client->in_bytes);
}

static void accept_one(int listener) {
  int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
  if (fd < 0 || client_count == CLIENTS) return;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
  clients[client_count] = calloc(1, sizeof(Client));
  clients[client_count]->fd = fd;
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)client_count++};
  epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static int listen_on(int port) {
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) {
    perror("floor");
    exit(1);
  }
  return listener;
}

int main(int argc, char **argv) {
  static struct epoll_event events[1024];
  if (argc < 3) return 2;
  batch = !strcmp(argv[2], "batch");
  struct rlimit files = {65536, 65536};
  setrlimit(RLIMIT_NOFILE, &files);
  epoll = epoll_create1(0);
  int listener = listen_on(atoi(argv[1]));
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = CLIENTS};
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    int count = epoll_wait(epoll, events, 1024, 100);
    for (int i = 0; i < count; i++) {
      if (events[i].data.u32 == CLIENTS)
        accept_one(listener);
      else
        read_client(clients[events[i].data.u32], (int)events[i].data.u32);
    }
    flush_rooms();
    for (int i = 0; i < client_count; i++) {
      Client *client = clients[i];
      if (!client->out_bytes) continue;
      ssize_t sent =
          send(client->fd, client->out, client->out_bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent <= 0) continue;
      client->out_bytes -= (uint32_t)sent;
      memmove(client->out, client->out + sent, client->out_bytes);
    }
  }
}
