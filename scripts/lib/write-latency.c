/*
 * What one write costs, seen from inside a guest: write-latency DEVICE BYTES
 * Overwrites random places of DEVICE, BYTES (a multiple of 512, up to 1 MiB) at a time, past the page
 * cache, every 5 ms at most, and prints for each write how many microseconds it took. Ends by signal only.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

int main(int argc, char **argv) {
  static char buffer[1 << 20] __attribute__((aligned(4096)));
  if (argc != 3) return 2;
  const long size = atol(argv[2]);
  const int fd = open(argv[1], O_WRONLY | O_DIRECT);
  const off_t end = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
  if (size <= 0 || size > (long)sizeof buffer || end < size) {
    perror(argv[1]);
    return 1;
  }
  memset(buffer, 'w', size);
  srandom(1);
  for (;;) {
    const off_t place = ((off_t)random() << 20 ^ random()) % (end / size) * size;
    const long long begin = now();
    if (pwrite(fd, buffer, size, place) != size) {
      perror("write");
      return 1;
    }
    printf("took %lld\n", now() - begin);
    fflush(stdout);
    usleep(5000);
  }
}
