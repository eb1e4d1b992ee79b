/* SPDX-License-Identifier: BSD-2-Clause */
/* Error numbers; functions return them negated. */
#ifndef SLUICE_KERNEL_ERRNO_H
#define SLUICE_KERNEL_ERRNO_H

#if __STDC_HOSTED__
#include <errno.h>
#else
#define EPERM     1
#define ENOENT    2
#define EIO       5
#define ENOMEM    12
#define EFAULT    14
#define EBUSY     16
#define EEXIST    17
#define ENODEV    19
#define EINVAL    22
#define ENOSPC    28
#define ERANGE    34
#define EPROTO    71
#define ENOTSUP   95
#define ETIMEDOUT 110
#endif

#endif
