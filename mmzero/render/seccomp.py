"""The seccomp filter: which system calls a drawing may make; every other one fails, and an attack's ends the process.

Knows no files: Landlock and namespaces say which of those there are.
"""

from __future__ import annotations

import ctypes
import errno
import struct

from mmzero.render import kernel

# name:x86_64:aarch64, "-" where a machine lacks it; most frequent first, since the filter is read from the top.
_ALLOWED = """
read:0:63 write:1:64 mmap:9:222 munmap:11:215 brk:12:214 futex:202:98 madvise:28:233 mremap:25:216
mprotect:10:226 openat:257:56 close:3:57 fstat:5:80 newfstatat:262:79 lseek:8:62 ioctl:16:29 fcntl:72:25
stat:4:- lstat:6:- statx:332:291 access:21:- faccessat:269:48 faccessat2:439:439 readlink:89:-
readlinkat:267:78 getcwd:79:17 getdents64:217:61 open:2:- readv:19:65 writev:20:66 pread64:17:67
pwrite64:18:68 preadv:295:69 pwritev:296:70 dup:32:23 dup2:33:- dup3:292:24 poll:7:- ppoll:271:73
select:23:- pselect6:270:72 rt_sigaction:13:134 rt_sigprocmask:14:135 rt_sigreturn:15:139
rt_sigpending:127:136 sigaltstack:131:132 getpid:39:172 gettid:186:178 getppid:110:173 getuid:102:174
geteuid:107:175 getgid:104:176 getegid:108:177 getgroups:115:158 getresuid:118:148 getresgid:120:150
getpgrp:111:- getrandom:318:278 clock_gettime:228:113 clock_getres:229:114 clock_nanosleep:230:115
nanosleep:35:101 gettimeofday:96:169 time:201:- times:100:153 getrusage:98:165 sysinfo:99:179
sched_yield:24:124 sched_getaffinity:204:123 exit:60:93 exit_group:231:94 restart_syscall:219:128
set_robust_list:273:99 rseq:334:293 getrlimit:97:163 membarrier:324:283 getcpu:309:168 setitimer:38:103
alarm:37:-
"""
_OPENING = ("open", "openat")
# What no drawing and no library of ours has a reason to call.
_HOSTILE = """
ptrace:101:117 process_vm_readv:310:270 process_vm_writev:311:271 bpf:321:280 mount:165:40 umount2:166:39
pivot_root:155:41 chroot:161:51 unshare:272:97 setns:308:268 keyctl:250:219 add_key:248:217
request_key:249:218 userfaultfd:323:282 perf_event_open:298:241 io_uring_setup:425:425
io_uring_enter:426:426 io_uring_register:427:427 open_by_handle_at:304:265 name_to_handle_at:303:264
pidfd_open:434:434 pidfd_getfd:438:438 pidfd_send_signal:424:424 init_module:175:105 finit_module:313:273
delete_module:176:106 kexec_load:246:104 kexec_file_load:320:294 reboot:169:142 swapon:167:224
swapoff:168:225 syslog:103:116 quotactl:179:60 acct:163:89 memfd_secret:447:447 open_tree:428:428
move_mount:429:429 fsopen:430:430 fsconfig:431:431 fsmount:432:432 fspick:433:433 mount_setattr:442:442
kcmp:312:272 modify_ldt:154:- iopl:172:- ioperm:173:- settimeofday:164:170 clock_settime:227:112
adjtimex:159:171 vhangup:153:58
"""
_JUDGED = "prlimit64:302:261 tgkill:234:131 prctl:157:167 clone3:435:435 socket:41:198"
_LAST_KNOWN = 462  # a newer call is answered as an old kernel would, so that a newer libc falls back

_FCNTL = (0, 1, 2, 3, 4, 1030, 1034)  # duplicate, descriptor and file flags, and reading seals
_IOCTL = (0x5401, 0x5413, 0x541B, 0x5450, 0x5451)  # is it a terminal and how wide, bytes to read, close on exec
_PR_SET_NAME, _SIGABRT = 15, 6

_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER_AT, _ARCH_AT, _ARGUMENTS_AT = 0, 4, 16
_ARCH = (0xC000003E, 0xC00000B7)
_X32 = 0x40000000
_OWN_PID = 0x5EEDF00D  # stands for the pid of the child, which is known after the fork only


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


class Filter:
    """Compiled once per zygote; `opens` is whether files may be opened at all."""

    def __init__(self, opens: bool) -> None:
        column = kernel.MACHINE
        if column is None:
            raise OSError(errno.ENOSYS, f"no numbers of system calls are known for this machine, only for {_MACHINES}")
        self._code = b"".join(_compile(column, opens))

    def install(self, own_pid: int) -> None:
        """From now on and for good; needs no_new_privs."""
        code = self._code.replace(struct.pack("<I", _OWN_PID), struct.pack("<I", own_pid))
        buffer = ctypes.create_string_buffer(code, len(code))
        program = _Program(len(code) // 8, ctypes.cast(buffer, ctypes.c_void_p))
        kernel.prctl(kernel.PR_SET_SECCOMP, 2, ctypes.c_void_p(ctypes.addressof(program)))


_MACHINES = " and ".join(kernel.MACHINES)


def _compile(column: int, opens: bool) -> list[bytes]:
    allowed, hostile, judged = (_numbers(text, column) for text in (_ALLOWED, _HOSTILE, _JUDGED))
    code = [_op(_LOAD, _ARCH_AT), _op(_EQUAL, _ARCH[column], 1, 0), _op(_RETURN, _KILL), _op(_LOAD, _NUMBER_AT)]
    if column == 0:  # the other ABI of the same machine, under numbers of its own
        code += _when(_AT_LEAST, _X32, _KILL)
    for name, number in allowed.items():
        if name in ("fcntl", "ioctl"):
            code += _by_argument(number, 1, _FCNTL if name == "fcntl" else _IOCTL)
        else:
            code += _when(_EQUAL, number, _ALLOW if opens or name not in _OPENING else _error(errno.EACCES))
    code += _limits_of_its_own_to_read(judged["prlimit64"])
    code += _abort(judged["tgkill"])
    code += _by_argument(judged["prctl"], 0, (_PR_SET_NAME,))
    code += _when(_EQUAL, judged["clone3"], _error(errno.ENOSYS))  # libc then tries clone, which fails as it should
    code += _when(_EQUAL, judged["socket"], _error(errno.EACCES))
    for number in hostile.values():
        code += _when(_EQUAL, number, _KILL)
    return [*code, *_when(_AT_LEAST, _LAST_KNOWN + 1, _error(errno.ENOSYS)), _op(_RETURN, _error(errno.EPERM))]


def _numbers(text: str, column: int) -> dict[str, int]:
    rows = [row.split(":") for row in text.split()]
    return {row[0]: int(row[1 + column]) for row in rows if row[1 + column] != "-"}


def _op(code: int, value: int, then: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("<HBBI", code, then, otherwise, value)


def _error(number: int) -> int:
    return _ERRNO | number


def _when(test: int, value: int, action: int) -> list[bytes]:
    return [_op(test, value, 0, 1), _op(_RETURN, action)]


def _word(argument: int, high: bool = False) -> int:
    return _ARGUMENTS_AT + 8 * argument + 4 * high


def _by_argument(number: int, argument: int, values: tuple[int, ...]) -> list[bytes]:
    """The kernel reads these arguments as 32 bits, and so do we."""
    body = [_op(_LOAD, _word(argument))]
    for value in values:
        body += _when(_EQUAL, value, _ALLOW)
    return _only(number, [*body, _op(_RETURN, _error(errno.EPERM))])


def _all_equal(number: int, words: list[tuple[int, int]]) -> list[bytes]:
    """Allowed where each word has its value."""
    body: list[bytes] = []
    for i, (at, value) in enumerate(words):
        left = 2 * (len(words) - i - 1) + 1  # instructions from here to the refusal
        body += [_op(_LOAD, at), _op(_EQUAL, value, 0, left)]
    return _only(number, [*body, _op(_RETURN, _ALLOW), _op(_RETURN, _error(errno.EPERM))])


def _limits_of_its_own_to_read(number: int) -> list[bytes]:
    return _all_equal(number, [(_word(0), 0), (_word(2), 0), (_word(2, high=True), 0)])


def _abort(number: int) -> list[bytes]:
    """No signal but the one of `abort`, and to itself only: a drawing cannot feign that we killed it."""
    return _all_equal(number, [(_word(0), _OWN_PID), (_word(2), _SIGABRT)])


def _only(number: int, body: list[bytes]) -> list[bytes]:
    return [_op(_EQUAL, number, 0, len(body)), *body]
