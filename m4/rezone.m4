# SPDX-License-Identifier: Apache-2.0
# Two macros that add a compiler or linker flag where the tools know it.

# REZONE_CFLAG(VARIABLE, FLAG): appends FLAG to VARIABLE when the compiler takes it. -Werror
# because clang only warns about a flag that it does not know.
AC_DEFUN([REZONE_CFLAG],
[AS_VAR_PUSHDEF([known], [rezone_cv_cflag_$2])
AC_CACHE_CHECK([whether $CC takes $2], [known],
    [rezone_saved_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS -Werror $2"
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM()], [AS_VAR_SET([known], [yes])],
        [AS_VAR_SET([known], [no])])
    CFLAGS=$rezone_saved_CFLAGS])
AS_VAR_IF([known], [yes], [$1="$$1 $2"])
AS_VAR_POPDEF([known])])

# REZONE_LDFLAG(VARIABLE, FLAG): the same for a flag of the link.
AC_DEFUN([REZONE_LDFLAG],
[AS_VAR_PUSHDEF([known], [rezone_cv_ldflag_$2])
AC_CACHE_CHECK([whether the link takes $2], [known],
    [rezone_saved_LDFLAGS=$LDFLAGS
    LDFLAGS="$LDFLAGS $2"
    AC_LINK_IFELSE([AC_LANG_PROGRAM()], [AS_VAR_SET([known], [yes])],
        [AS_VAR_SET([known], [no])])
    LDFLAGS=$rezone_saved_LDFLAGS])
AS_VAR_IF([known], [yes], [$1="$$1 $2"])
AS_VAR_POPDEF([known])])
