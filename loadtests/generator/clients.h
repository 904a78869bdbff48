// Many Socket.IO clients over WebSocket in one thread.
#ifndef CLIENTS_H
#define CLIENTS_H
#include <stddef.h>
#include <stdint.h>

#include "seen.h"

typedef enum {
  UNBORN,
  CONNECTING,   // TCP
  UPGRADING,    // HTTP request sent
  OPENING,      // waits for Engine.IO's open packet
  ENTERING,     // CONNECT sent
  SUBSCRIBING,  // stream:subscribe sent
  READY,
  CLOSED,
} State;

typedef struct {
  int fd;
  State state;
  int room, member, port;
  const char *token;
  uint64_t began_ns;
  Seen seen;      // of the room's numbered events
  uint8_t *held;  // what has arrived of a frame that is not whole yet
  uint32_t held_bytes, held_size;
} Client;

// What a run does with its clients. A text begins behind Engine.IO's "4": "2[…" is an event,
// "37[…" the ack of call 7.
typedef struct {
  int subscribes;  // 0: a client is ready once it is connected
  void (*ready)(Client *client, uint64_t at_ns);
  void (*text)(Client *client, const char *text, size_t length, uint64_t at_ns);
} Run;

extern Client *clients;
extern int client_count, ready_count, lost_count;
extern char **rooms;  // ids, by number

void clients_make(int count, const Run *run);       // the caller sets room, member, port, token
void clients_connect(int at_once, double within_s);  // until all are ready, or ends the program
void clients_close(void);
void client_send(Client *client, const char *text, size_t length);
// Waits until `until_ns` at most and handles what has come; returns early once something came.
void clients_turn(uint64_t until_ns);
// The number right behind `name`, such as "\"seq\":"; UINT64_MAX when there is none.
uint64_t number_after(const char *text, size_t length, const char *name);
#endif
