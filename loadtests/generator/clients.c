#define _GNU_SOURCE
#include "clients.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "measure.h"

enum { TEXT = 1, CLOSE = 8, PING = 9, PONG = 10 };

Client *clients;
int client_count, ready_count, lost_count;
char **rooms;

static const Run *run;
static int epoll, begun_count;
static uint8_t received[1 << 20];

static void write_all(Client *client, const uint8_t *bytes, size_t length) {
  while (length && client->fd >= 0) {
    ssize_t sent = send(client->fd, bytes, length, MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
      nanosleep(&(struct timespec){0, 20000}, NULL);
      continue;
    }
    if (sent < 0) return;  // the next read sees the end
    bytes += sent;
    length -= (size_t)sent;
  }
}

static void send_frame(Client *client, int opcode, const char *payload, size_t length) {
  static uint8_t frame[70000];
  size_t head = 2;
  if (length > 60000) fail("a frame of %zu bytes is none of ours", length);
  frame[0] = (uint8_t)(0x80 | opcode);
  if (length < 126) {
    frame[1] = (uint8_t)(0x80 | length);
  } else {
    frame[1] = 0x80 | 126;
    frame[2] = (uint8_t)(length >> 8);
    frame[3] = (uint8_t)length;
    head = 4;
  }
  uint32_t mask = (uint32_t)random_u64();  // as browsers do; a mask of zeros would flatter a server
  memcpy(frame + head, &mask, 4);
  const uint8_t *key = frame + head;
  uint8_t *body = frame + head + 4;
  for (size_t i = 0; i < length; i++) body[i] = (uint8_t)payload[i] ^ key[i & 3];
  write_all(client, frame, head + 4 + length);
}

void client_send(Client *client, const char *text, size_t length) {
  send_frame(client, TEXT, text, length);
}

uint64_t number_after(const char *text, size_t length, const char *name) {
  const char *digit = memmem(text, length, name, strlen(name)), *end = text + length;
  if (!digit) return UINT64_MAX;
  digit += strlen(name);
  if (digit == end || *digit < '0' || *digit > '9') return UINT64_MAX;
  uint64_t number = 0;
  for (; digit < end && *digit >= '0' && *digit <= '9'; digit++)
    number = number * 10 + (uint64_t)(*digit - '0');
  return number;
}

static void begin(Client *client) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)client->port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  client->began_ns = now_ns();
  client->state = CONNECTING;
  client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (client->fd < 0) fail("socket: %s", strerror(errno));
  setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
  if (connect(client->fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS)
    fail("connect: %s", strerror(errno));
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = client};
  epoll_ctl(epoll, EPOLL_CTL_ADD, client->fd, &event);
}

static void begin_next(void) {
  if (begun_count < client_count) begin(&clients[begun_count++]);
}

static void become_ready(Client *client, uint64_t at_ns) {
  client->state = READY;
  ready_count++;
  if (run->ready) run->ready(client, at_ns);
  begin_next();
}

static void lose(Client *client) {
  epoll_ctl(epoll, EPOLL_CTL_DEL, client->fd, NULL);
  close(client->fd);
  client->fd = -1;
  client->state = CLOSED;
  lost_count++;
}

static void upgrade(Client *client) {
  char request[700];
  int error = 0;
  getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &(socklen_t){sizeof error});
  if (error) fail("connect: %s", strerror(error));
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
  epoll_ctl(epoll, EPOLL_CTL_MOD, client->fd, &event);
  int length = snprintf(request, sizeof request,
                        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
                        "Host: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                        "Sec-WebSocket-Version: 13\r\n"
                        "User-Agent: Mozilla/5.0 (load test)\r\n"
                        "Origin: http://127.0.0.1:%d\r\n\r\n",
                        client->port, client->port);
  write_all(client, (uint8_t *)request, (size_t)length);
  client->state = UPGRADING;
}

static void enter(Client *client) {
  char packet[9000];
  int length = snprintf(packet, sizeof packet, "40{\"token\":\"%s\"}", client->token);
  client_send(client, packet, (size_t)length);
  client->state = ENTERING;
}

static void entered(Client *client, const char *text, size_t length, uint64_t at_ns) {
  if (*text == '4') fail("refused: %.*s", (int)length, text);
  if (*text != '0') return;  // an event that came before the answer
  if (!run->subscribes) {
    become_ready(client, at_ns);
    return;
  }
  char packet[200];
  int size = snprintf(packet, sizeof packet, "420[\"stream:subscribe\",{\"stream\":\"room:%s\"}]",
                      rooms[client->room]);
  client_send(client, packet, (size_t)size);
  client->state = SUBSCRIBING;
}

static void subscribed(Client *client, const char *text, size_t length, uint64_t at_ns) {
  if (length < 3 || memcmp(text, "30[", 3)) return;  // an event that came before the ack
  uint64_t seq = number_after(text, length, "\"seq\":");
  if (!memmem(text, length, "\"ok\":true", 9) || seq == UINT64_MAX)
    fail("stream:subscribe answers %.*s", (int)(length < 300 ? length : 300), text);
  seen_from(&client->seen, seq);
  become_ready(client, at_ns);
}

static void take_text(Client *client, const char *text, size_t length, uint64_t at_ns) {
  if (length == 1 && *text == '2') {
    client_send(client, "3", 1);
  } else if (client->state == OPENING && *text == '0') {
    enter(client);
  } else if (length < 2 || *text != '4') {
    return;
  } else if (client->state == ENTERING) {
    entered(client, text + 1, length - 1, at_ns);
  } else if (client->state == SUBSCRIBING) {
    subscribed(client, text + 1, length - 1, at_ns);
  } else if (client->state == READY && run->text) {
    run->text(client, text + 1, length - 1, at_ns);
  }
}

// Handles one whole frame at `bytes`; returns its size, 0 when it has not arrived whole.
static size_t take_frame(Client *client, uint8_t *bytes, size_t available, uint64_t at_ns) {
  if (available < 2) return 0;
  uint64_t length = bytes[1] & 127;
  size_t head = length == 126 ? 4 : length == 127 ? 10 : 2;
  if (available < head) return 0;
  if (length >= 126) {
    length = 0;
    for (size_t i = 2; i < head; i++) length = length << 8 | bytes[i];
  }
  if (available < head + length) return 0;
  switch (bytes[0] & 15) {
    case TEXT: take_text(client, (char *)bytes + head, length, at_ns); break;
    case PING: send_frame(client, PONG, (char *)bytes + head, length); break;
    case CLOSE: lose(client); break;
  }
  return head + length;
}

static size_t take_response(Client *client, size_t available) {
  uint8_t *end = memmem(received, available, "\r\n\r\n", 4);
  if (!end) return 0;
  if (memcmp(received, "HTTP/1.1 101", 12))
    fail("no upgrade: %.*s", (int)(available < 300 ? available : 300), received);
  client->state = OPENING;
  return (size_t)(end - received) + 4;
}

static void hold(Client *client, const uint8_t *bytes, size_t length) {
  if (length > client->held_size) {
    client->held_size = (uint32_t)length + 1024;
    client->held = realloc(client->held, client->held_size);
  }
  if (length) memcpy(client->held, bytes, length);
  client->held_bytes = (uint32_t)length;
}

static void read_all(Client *client) {
  for (;;) {
    size_t held = client->held_bytes, room = sizeof received - held;
    if (held) memcpy(received, client->held, held);
    ssize_t fresh = recv(client->fd, received + held, room, 0);
    if (fresh < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (fresh <= 0) {
      lose(client);
      return;
    }
    uint64_t at_ns = now_ns();
    size_t available = held + (size_t)fresh, offset = 0, size;
    if (client->state == UPGRADING) offset = take_response(client, available);
    if (client->state != UPGRADING)
      while (client->fd >= 0 &&
             (size = take_frame(client, received + offset, available - offset, at_ns)))
        offset += size;
    if (client->fd < 0) return;
    hold(client, received + offset, available - offset);
    if ((size_t)fresh < room) return;
  }
}

void clients_make(int count, const Run *what) {
  struct rlimit files = {65536, 65536};
  if (setrlimit(RLIMIT_NOFILE, &files) < 0) {
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  run = what;
  client_count = count;
  clients = calloc((size_t)count, sizeof *clients);
  for (int i = 0; i < count; i++) clients[i].fd = -1;
  epoll = epoll_create1(0);
}

void clients_connect(int at_once, double within_s) {
  uint64_t until_ns = now_ns() + seconds_ns(within_s);
  for (int i = 0; i < at_once; i++) begin_next();
  while (ready_count < client_count) {
    clients_turn(until_ns);
    if (lost_count) fail("%d of %d connections were lost at the start", lost_count, client_count);
    if (now_ns() >= until_ns) fail("only %d of %d clients were ready", ready_count, client_count);
  }
}

void clients_close(void) {
  for (int i = 0; i < client_count; i++)
    if (clients[i].fd >= 0) close(clients[i].fd);
}

void clients_turn(uint64_t until_ns) {
  static struct epoll_event events[1024];
  uint64_t at_ns = now_ns(), wait_ns = until_ns > at_ns ? until_ns - at_ns : 0;
  if (wait_ns > 50000000) wait_ns = 50000000;
  struct timespec wait = {.tv_nsec = (long)wait_ns};
  int count = epoll_pwait2(epoll, events, 1024, &wait, NULL);
  for (int i = 0; i < count; i++) {
    Client *client = events[i].data.ptr;
    if (client->fd < 0) continue;
    if (client->state == CONNECTING)
      upgrade(client);
    else
      read_all(client);
  }
}
