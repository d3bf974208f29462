#ifndef Y
#define Y
void q(void);
#endif
