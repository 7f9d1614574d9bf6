// SPDX-License-Identifier: Apache-2.0
/* Floor of memory: a program that links what sitewardd links and does nothing. */
#include <unistd.h>

int main(void)
{
    for (;;)
        pause();
}
