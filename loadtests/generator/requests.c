// Load on one REST address: requests PORT PATH --clients N --warm S --seconds S --pids PID[,PID]
// Each client keeps its connection and asks again as soon as it has been answered. Every answer has
// to be 200 and to hold the word that --expect names. Prints one JSON object.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "measure.h"

enum { ANSWER = 1 << 17 };

typedef struct {
  int fd;
  uint64_t asked_ns;
  size_t bytes;
  char answer[ANSWER + 1];
} Client;

static int port, epoll, client_count = 16, measuring;
static const char *path, *expected = "", *pids = "";
static uint64_t answered, refused, lost;
static Latencies latencies;

static void ask(Client *client) {
  char request[1024];
  int length = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: application/json\r\n\r\n",
                        path, port);
  client->bytes = 0;
  client->asked_ns = now_ns();
  if (send(client->fd, request, (size_t)length, MSG_NOSIGNAL) != length)
    fail("send: %s", strerror(errno));
}

// Size of the whole answer once its head is there, else 0.
static size_t answer_size(Client *client) {
  client->answer[client->bytes] = 0;
  char *end = strstr(client->answer, "\r\n\r\n");
  char *field = strcasestr(client->answer, "\r\ncontent-length:");
  if (!end) return 0;
  if (!field || field > end) fail("an answer without Content-Length: %.200s", client->answer);
  size_t size = (size_t)(end - client->answer) + 4 + strtoul(field + 17, NULL, 10);
  if (size > ANSWER) fail("an answer of %zu bytes", size);
  return size;
}

static void check(Client *client, uint64_t at_ns) {
  answered++;
  if (strncmp(client->answer, "HTTP/1.1 200", 12) || !strstr(client->answer, expected)) {
    if (!refused++) fprintf(stderr, "refused: %.300s\n", client->answer);
  } else if (measuring) {
    latency_add(&latencies, at_ns - client->asked_ns);
  }
}

static void read_answer(Client *client) {
  ssize_t fresh = recv(client->fd, client->answer + client->bytes, ANSWER - client->bytes, 0);
  if (fresh <= 0) {
    lost++;
    fail("the server closed a connection");
  }
  client->bytes += (size_t)fresh;
  size_t size = answer_size(client);
  if (!size || client->bytes < size) return;
  check(client, now_ns());
  ask(client);
}

static void run_for(double seconds) {
  static struct epoll_event events[256];
  for (uint64_t until_ns = now_ns() + seconds_ns(seconds); now_ns() < until_ns;) {
    int count = epoll_wait(epoll, events, 256, 50);
    for (int i = 0; i < count; i++) read_answer(events[i].data.ptr);
  }
}

static void open_client(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Client *client = calloc(1, sizeof *client);
  client->fd = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
  if (connect(client->fd, (struct sockaddr *)&address, sizeof address) < 0)
    fail("connect: %s", strerror(errno));
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
  epoll_ctl(epoll, EPOLL_CTL_ADD, client->fd, &event);
  ask(client);
}

int main(int argc, char **argv) {
  static const struct option options[] = {{"clients", 1, 0, 'n'}, {"warm", 1, 0, 'W'},
                                          {"seconds", 1, 0, 's'}, {"pids", 1, 0, 'i'},
                                          {"expect", 1, 0, 'e'},  {0, 0, 0, 0}};
  double warm_s = 1, measure_s = 2;
  int option;
  while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) switch (option) {
      case 'n': client_count = atoi(optarg); break;
      case 'W': warm_s = atof(optarg); break;
      case 's': measure_s = atof(optarg); break;
      case 'i': pids = optarg; break;
      case 'e': expected = optarg; break;
      default: return 2;
    }
  if (argc - optind < 2) fail("requests PORT PATH [options]");
  port = atoi(argv[optind]);
  path = argv[optind + 1];
  epoll = epoll_create1(0);
  for (int i = 0; i < client_count; i++) open_client();
  run_for(warm_s);
  measuring = 1;
  uint64_t before = answered, began_ns = now_ns();
  double cpu = cpu_seconds(pids);
  run_for(measure_s);
  double took_s = (double)(now_ns() - began_ns) / 1e9, used_s = cpu_seconds(pids) - cpu;
  double count = (double)(answered - before);
  printf("{\"answered_per_s\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"cpu_percent\":%.1f,"
         "\"cpu_us_per_answer\":%.1f,\"resident_mb\":%.1f,\"refused\":%" PRIu64
         ",\"lost\":%" PRIu64 "}\n",
         count / took_s, latency_ms(&latencies, .5), latency_ms(&latencies, .99),
         100 * used_s / took_s, count > 0 ? 1e6 * used_s / count : 0, resident_kb(pids) / 1024,
         refused, lost);
  return 0;
}
