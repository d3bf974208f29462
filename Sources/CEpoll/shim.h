// The readiness calls of Linux that Swift's Glibc module leaves out.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

// glibc declares it only for _GNU_SOURCE, which Swift's own import of this header goes without.
extern int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);
