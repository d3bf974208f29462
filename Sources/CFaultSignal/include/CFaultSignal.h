#ifndef X
#define X
void p(void);
#endif
