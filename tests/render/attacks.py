"""Programs that try to get out, each with the ways it may end; one that gets out prints ESCAPED and what it had.

Written so that a sandbox which fails is found out and nothing is harmed: signals are number 0, forks are few, system
calls of power get arguments that are refused, and what is written lies beside a canary in a folder of the test's own.
In a program, SECRET is a file with a token, DEN its folder, and TCP, UDP, ABSTRACT listeners that count their guests.
"""

# ruff: noqa: E501 -- a program stands on one line

from __future__ import annotations

from dataclasses import dataclass

REFUSED = ("no_image", "code_error")  # every try failed, and the program ended or let the failure end it
KILLED = ("violation",)
ENDED = ("cpu_limit", "timeout")  # which of the two depends on how busy the machine is
ANY = ("no_image", "code_error", "violation", "crash", "memory", "cpu_limit", "timeout", "too_big")

PRELUDE = """
import ctypes, os, sys, struct
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
def call(number, *arguments):
    got = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments])
    if got < 0: raise OSError(ctypes.get_errno(), "refused")
    return got
def attempt(act):
    try: got = act()
    except BaseException as error: print("refused:", type(error).__name__, error); return
    print("ESCAPED", repr(got)[:200])
def c(name, *arguments):
    got = getattr(libc, name)(*arguments)
    if got < 0: raise OSError(ctypes.get_errno(), "refused")
    return got
"""


@dataclass(frozen=True, slots=True)
class Attack:
    name: str
    code: str
    ends: tuple[str, ...]
    kind: str = "python"


def tries(group: str, ends: tuple[str, ...], **expressions: str) -> list[Attack]:
    """One attack for each expression, attempted."""
    return [
        Attack(f"{group}:{name}", f"{PRELUDE}\nattempt(lambda: {expression})", ends)
        for name, expression in expressions.items()
    ]


def programs(group: str, ends: tuple[str, ...], **codes: str) -> list[Attack]:
    return [Attack(f"{group}:{name}", PRELUDE + code, ends) for name, code in codes.items()]


READ = tries(
    "read", REFUSED,
    passwd="open('/etc/passwd').read()",
    secret="open('SECRET').read()",
    file_io="__import__('io').FileIO('SECRET').read()",
    os_open="os.read(os.open('SECRET', os.O_RDONLY), 100)",
    posix_open="__import__('posix').open('SECRET', 0)",
    pathlib="__import__('pathlib').Path('SECRET').read_bytes()",
    c_open="c('open', b'SECRET', 0)",
    c_openat="call(257, -100, b'SECRET', 0, 0)",
    c_open_number="call(2, b'SECRET', 0, 0)",
    openat2="call(437, -100, b'SECRET', struct.pack('QQQ', 0, 0, 0), 24)",
    fopen="ctypes.CDLL(None).fopen(b'SECRET', b'r') or 1/0",
    listdir="os.listdir('DEN')",
    scandir="list(os.scandir('DEN'))",
    root="os.listdir('/')",
    home="os.listdir(os.path.expanduser('~root'))",
    etc="os.listdir('/etc')",
    relative="(os.chdir('DEN'), open('secret.txt').read())",
    dots="open('/usr/../DEN/secret.txt').read()",
    by_directory="os.open('secret.txt', 0, dir_fd=os.open('DEN', os.O_PATH))",
    fromfile="__import__('numpy').fromfile('SECRET', 'u1')",
    memmap="__import__('numpy').memmap('SECRET', 'u1', 'r')[:9]",
    genfromtxt="__import__('numpy').genfromtxt('SECRET', str)",
    pillow="__import__('PIL.Image').Image.open('DEN/secret.png').size",
    imread="__import__('matplotlib.pyplot').pyplot.imread('DEN/secret.png').shape",
    truetype="__import__('PIL.ImageFont').ImageFont.truetype('DEN/secret.ttf')",
    sqlite="__import__('sqlite3').connect('DEN/new.db').execute('create table t(a)')",
    sources="__import__('importlib.util').util.spec_from_file_location('m', 'DEN/planted.py').loader.exec_module(__import__('types').ModuleType('m'))",
    run_path="__import__('runpy').run_path('DEN/planted.py')",
    import_path="(sys.path.insert(0, 'DEN'), __import__('planted'))",
    zip_import="__import__('zipimport').zipimporter('DEN/planted.zip').load_module('m')",
    dlopen="ctypes.CDLL('DEN/planted.so')",
    linecache="__import__('linecache').getlines('SECRET')[0]",
    mmap="__import__('mmap').mmap(os.open('SECRET', 0), 10)",
    copy="__import__('shutil').copy('SECRET', '/dev/null')",
    rc_file="__import__('matplotlib').rc_params_from_file('SECRET')",
    style="__import__('matplotlib.pyplot').pyplot.style.use('DEN/secret.mplstyle')",
    sources_of_mmzero="open(sys.modules['mmzero.render.pool'].__file__).read()",
    url_file="__import__('urllib.request').request.urlopen('file://SECRET').read()",
    statvfs="os.statvfs('DEN')",
    xattr="os.getxattr('SECRET', 'user.x')",
    inotify="c('inotify_init')",
    fanotify="call(300, 0, 0)",
)  # fmt: skip

PROC = tries(
    "proc", REFUSED,
    environ="open('/proc/self/environ').read()",
    parent_environ="open(f'/proc/{os.getppid()}/environ').read()",
    first_cmdline="open('/proc/1/cmdline').read()",
    root="open('/proc/self/root/etc/passwd').read()",
    cwd="os.listdir('/proc/self/cwd')",
    fds="os.listdir('/proc/self/fd')",
    reopen="open('/proc/self/fd/3', 'r+b').read(4)",
    maps="open('/proc/self/maps').read()",
    memory="os.open('/proc/self/mem', os.O_RDWR)",
    parent_memory="os.open(f'/proc/{os.getppid()}/mem', os.O_RDONLY)",
    thread_self="open('/proc/thread-self/status').read()",
    score="os.open('/proc/self/oom_score_adj', os.O_WRONLY)",
    sysrq="os.open('/proc/sysrq-trigger', os.O_WRONLY)",
    core_pattern="os.open('/proc/sys/kernel/core_pattern', os.O_WRONLY)",
    kallsyms="open('/proc/kallsyms').read(10)",
    processes="[p for p in os.listdir('/proc') if p.isdigit()]",
    uevent="os.open('/sys/kernel/uevent_helper', os.O_WRONLY)",
    cgroup="os.listdir('/sys/fs/cgroup')",
    dmi="os.listdir('/sys/class/net')",
)  # fmt: skip

DEVICES = tries(
    "device", REFUSED,
    **{name: f"os.open('/dev/{name}', os.O_RDWR)" for name in ("mem", "kmsg", "tty", "ptmx", "fuse", "kvm", "vda", "sda", "zero",
       "urandom", "shm/new", "nvidia0", "nvidiactl", "net/tun", "loop-control", "port", "console")},
)  # fmt: skip

WRITE = tries(
    "write", REFUSED,
    raw="os.open('DEN/made', os.O_CREAT | os.O_WRONLY)",
    over="os.open('SECRET', os.O_WRONLY | os.O_TRUNC)",
    append="__import__('io').FileIO('SECRET', 'a')",
    here="os.open('made', os.O_CREAT | os.O_WRONLY)",
    temporary="os.open('/tmp/mmzero-made', os.O_CREAT | os.O_WRONLY)",
    nameless="os.open('/tmp', os.O_TMPFILE | os.O_RDWR)",
    tempfile="__import__('tempfile').NamedTemporaryFile().name",
    numpy="os.open(__import__('numpy').__file__, os.O_WRONLY | os.O_APPEND)",
    library="os.open(os.__file__, os.O_WRONLY)",
    new_module="os.open(os.path.join(os.path.dirname(os.__file__), 'planted.py'), os.O_CREAT | os.O_WRONLY)",
    bytecode="os.open(os.path.join(os.path.dirname(os.__file__), '__pycache__', 'x.pyc'), os.O_CREAT | os.O_WRONLY)",
    creat="c('creat', b'DEN/made', 0o600)",
    mkdir="c('mkdir', b'DEN/made', 0o700)",
    unlink="c('unlink', b'SECRET')",
    rmdir="c('rmdir', b'DEN/empty')",
    rename="os.rename('SECRET', 'DEN/moved')",
    replace="os.replace('SECRET', 'DEN/moved')",
    link="os.link('SECRET', 'DEN/made')",
    symlink="os.symlink('SECRET', 'DEN/made')",
    symlink_here="os.symlink('SECRET', 'made')",
    fifo="os.mkfifo('DEN/made')",
    node="os.mknod('DEN/made')",
    chmod="os.chmod('SECRET', 0o777)",
    fchmodat2="call(452, -100, b'SECRET', 0o777, 0)",
    chown="os.chown('SECRET', 1, 1)",
    utime="os.utime('SECRET', (1, 1))",
    truncate="os.truncate('SECRET', 0)",
    setxattr="os.setxattr('SECRET', 'user.x', b'1')",
    rmtree="c('rmdir', b'DEN')",
    chroot="os.listdir('..')",
    swap="c('renameat2', -100, b'SECRET', -100, b'DEN/planted.py', 2)",
    umask="os.umask(0)",
)  # fmt: skip

NETWORK = tries(
    "network", REFUSED,
    tcp="__import__('socket').create_connection(('127.0.0.1', TCP), 1)",
    udp="__import__('socket').socket(2, 2).sendto(b'x', ('127.0.0.1', UDP))",
    udp6="__import__('socket').socket(10, 2).sendto(b'x', ('::1', UDP))",
    abstract="__import__('socket').socket(1, 1).connect(b'\\0ABSTRACT')",
    unix="__import__('socket').socket(1, 1).connect('DEN/socket')",
    pair="__import__('socket').socketpair()",
    netlink="__import__('socket').socket(16, 3, 0)",
    raw="__import__('socket').socket(2, 3, 1)",
    packet="__import__('socket').socket(17, 3, 0)",
    vsock="__import__('socket').socket(40, 1, 0)",
    crypto="__import__('socket').socket(38, 5, 0)",
    by_number="call(41, 2, 2, 0)",
    pair_by_number="call(53, 1, 1, 0, (ctypes.c_int * 2)())",
    names="__import__('socket').getaddrinfo('example.com', 80)",
    urllib="__import__('urllib.request').request.urlopen('http://127.0.0.1:TCP/', timeout=1)",
    http="__import__('http.client').client.HTTPConnection('127.0.0.1', TCP, timeout=1).request('GET', '/')",
    asyncio="__import__('asyncio').new_event_loop()",
    on_our_files="call(42, 3, struct.pack('HH4s8x', 2, 1, b'1234'), 16)",
    send_message="call(46, 1, 0, 0)",
    listen="call(50, 3, 1)",
    interfaces="__import__('socket').if_nameindex()",
)  # fmt: skip

PROCESSES = tries(
    "process", REFUSED,
    fork="os.fork() and os._exit(0) or 'a child'",
    vfork="call(58)",
    clone="call(56, 17, 0, 0, 0, 0)",
    clone_thread="call(56, 0x50F00, 0, 0, 0, 0)",
    clone3="call(435, struct.pack('11Q', 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0), 88)",
    fork_few="[os.fork() for _ in range(3)]",
    session="(os.fork(), os.setsid())",
    system="os.system('true') == 0 or 1/0",
    execve="os.execv('/bin/true', ['true'])",
    execveat="call(322, -100, b'/bin/true', 0, 0, 0)",
    fexecve="call(322, 3, b'', 0, 0, 0x1000)",
    spawn="os.posix_spawn('/bin/true', ['true'], {})",
    subprocess="__import__('subprocess').run(['true'])",
    popen="os.popen('echo hi').read()",
    multiprocessing="__import__('multiprocessing').Process(target=print).start()",
    thread="__import__('threading').Thread(target=print).start()",
    low_thread="__import__('_thread').start_new_thread(print, ())",
    executor="__import__('concurrent.futures').futures.ThreadPoolExecutor(1).submit(print)",
    pty="__import__('pty').fork()",
    kill_parent="os.kill(os.getppid(), 0)",
    kill_all="os.kill(-1, 0)",
    kill_first="os.kill(1, 0)",
    kill_group="os.killpg(0, 0)",
    kill_self="__import__('signal').raise_signal(9)",
    stop_self="__import__('signal').raise_signal(19)",
    thread_kill="call(234, os.getppid(), os.getppid(), 0)",
    abort_parent="call(234, os.getppid(), os.getppid(), 6)",
    abort_parent_high="call(234, os.getppid() | 1 << 32, os.getppid(), 6)",
    tkill="call(200, os.getppid(), 0)",
    queue_signal="call(129, os.getppid(), 0, (ctypes.c_char * 128)())",
    queue_thread_signal="call(297, os.getppid(), os.getppid(), 0, (ctypes.c_char * 128)())",
    limits_of_parent="__import__('resource').prlimit(os.getppid(), 0)",
    raise_limit="__import__('resource').setrlimit(9, (1 << 40, 1 << 40))",
    lower_limit="call(302, 0, 0, struct.pack('QQ', 1, 1), 0)",
    lower_limit_high="call(302, 0, 0, 0x7FFF00000000, 0)",
    priority="os.setpriority(0, os.getppid(), 5)",
    nice="os.nice(-5)",
    affinity="os.sched_setaffinity(0, {0})",
    scheduler="os.sched_setscheduler(0, 1, os.sched_param(1))",
    survive="c('prctl', 1, 0, 0, 0, 0)",
    dumpable="c('prctl', 4, 1, 0, 0, 0)",
    subreaper="c('prctl', 36, 1, 0, 0, 0)",
    new_filter="c('prctl', 22, 2, 0, 0, 0)",
    notify="call(317, 1, 8, 0)",
    keep_capabilities="c('prctl', 8, 1, 0, 0, 0)",
    landlock="call(444, 0, 0, 1)",
    setuid="os.setuid(0) or os.setuid(1)",
    setresuid="os.setresuid(0, 0, 0)",
    setgroups="os.setgroups([0])",
    capset="call(126, (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)(1))",
    personality="call(135, 0x0040000)",
    hostname="__import__('socket').sethostname('x')",
    new_session="os.setsid()",
    new_group="os.setpgid(0, 0)",
    wait_all="os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)",
    io_priority="call(251, 1, 0, 0)",
    advise_other="call(440, 3, 0, 0, 0, 0)",
    ledger_of_others="os.getsid(1)",
    move_pages="call(279, os.getppid(), 0, 0, 0, 0, 0)",
    memory_policy="call(238, 0, 0, 0)",
)  # fmt: skip

IPC = tries(
    "ipc", REFUSED,
    shm="call(29, 0, 4096, 0o1600)",
    shm_attach="call(30, 0, 0, 0)",
    semaphore="call(64, 0, 1, 0o1600)",
    message="call(68, 0, 0o1600)",
    queue="call(240, b'made', 0o102, 0o600, 0)",
    shared_memory="__import__('multiprocessing.shared_memory').shared_memory.SharedMemory(create=True, size=9)",
    memfd="os.memfd_create('x')",
    eventfd="os.eventfd(0)",
    pipe="os.pipe()",
    epoll="__import__('select').epoll()",
    signalfd="call(289, -1, 0, 8, 0)",
    timerfd="call(283, 0, 0)",
    timer="call(222, 0, 0, 0)",
    splice="call(275, 3, 0, 1, 0, 10, 0)",
    vmsplice="call(278, 1, 0, 0, 0)",
    sendfile="os.sendfile(1, 3, 0, 10)",
    mlock="call(149, 0, 4096)",
    mseal="call(462, 0, 0, 0)",
    newest="call(470, 0, 0, 0)",
    lsm="call(459, 0, 0, 0)",
    key_of_memory="call(330, 0, 0)",
)  # fmt: skip

HOSTILE_CALLS = {
    "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "bpf": 321, "mount": 165, "umount2": 166, "pivot_root": 155,
    "chroot": 161, "unshare": 272, "setns": 308, "keyctl": 250, "add_key": 248, "request_key": 249, "userfaultfd": 323,
    "perf_event_open": 298, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "open_by_handle_at": 304,
    "name_to_handle_at": 303, "pidfd_open": 434, "pidfd_getfd": 438, "pidfd_send_signal": 424, "init_module": 175,
    "finit_module": 313, "delete_module": 176, "kexec_load": 246, "reboot": 169, "swapon": 167, "swapoff": 168, "syslog": 103,
    "quotactl": 179, "memfd_secret": 447, "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsmount": 432, "fspick": 433,
    "mount_setattr": 442, "kcmp": 312, "modify_ldt": 154, "iopl": 172, "ioperm": 173, "clock_settime": 227,
    "x32_getpid": 39 | 0x40000000, "x32_open": 2 | 0x40000000, "no_such": -1,
}  # fmt: skip
VIOLATIONS = programs(
    "call",
    KILLED,
    **{name: f"call({number}, 0, 0, 0, 0, 0); print('ESCAPED')" for name, number in HOSTILE_CALLS.items()},
)
VIOLATIONS += programs(
    "call", KILLED,
    # getpid as a 32-bit process would ask for it: mov eax, 20; int 0x80; ret
    int_0x80="""
import mmap
page = mmap.mmap(-1, 4096, prot=7)
page.write(bytes.fromhex('b814000000cd80c3'))
print('ESCAPED', ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))())""",
    unshare_user="call(272, 0x10000000); print('ESCAPED')",
    trace_parent="call(101, 16, os.getppid(), 0, 0); print('ESCAPED')",
    read_parent="call(310, os.getppid(), 0, 0, 0, 0, 0); print('ESCAPED')",
    tmpfs="libc.mount(b'x', b'DEN', b'tmpfs', 0, None); print('ESCAPED')",
    pidfd="os.pidfd_open(os.getppid()); print('ESCAPED')",
)  # fmt: skip

HANDLES = programs(
    "handle", REFUSED,
    inherited="""
import fcntl
for number in range(4096):
    try: fcntl.fcntl(number, fcntl.F_GETFD)
    except OSError: continue
    if number not in (0, 1, 2, 3): print('ESCAPED', number)""",
    grow="attempt(lambda: os.ftruncate(3, 1 << 40))",
    grow_log="attempt(lambda: os.ftruncate(1, 1 << 40))",
    shrink="attempt(lambda: call(77, 3, 0))",
    allocate="attempt(lambda: call(285, 3, 0, 0, 1 << 40))",
    beyond="attempt(lambda: os.pwrite(3, b'x', 1 << 40))",
    seal="import fcntl; attempt(lambda: fcntl.fcntl(3, 1033, 8))",
    owner="import fcntl; attempt(lambda: fcntl.fcntl(3, fcntl.F_SETOWN, os.getppid()))",
    notify="import fcntl; attempt(lambda: fcntl.fcntl(0, fcntl.F_NOTIFY, 1))",
    lease="import fcntl; attempt(lambda: fcntl.fcntl(0, fcntl.F_SETLEASE, 0))",
    lock="import fcntl; attempt(lambda: fcntl.flock(3, fcntl.LOCK_EX))",
    type_ahead="import fcntl; attempt(lambda: fcntl.ioctl(0, 0x5412, b'x'))",
    read_input="print('ESCAPED') if os.read(0, 10) else None",
    duplicates="attempt(lambda: [os.dup(3) for _ in range(100)])",
    remote_ioctl="import fcntl; attempt(lambda: fcntl.ioctl(3, 0x12 << 8 | 94, b'x' * 8))",
)  # fmt: skip
HANDLES += programs(
    "forge", ("no_image",),
    ok_without_picture="os._exit(0)",
    huge="os.pwrite(3, struct.pack('<4sIII', b'MMZ1', 65535, 65535, 0), 0); os._exit(0)",
    overflow="os.pwrite(3, struct.pack('<4sIII', b'MMZ1', 65536, 65536, 0), 0); os._exit(0)",
    empty="os.pwrite(3, struct.pack('<4sIII', b'MMZ1', 0, 7, 0), 0); os._exit(0)",
    much_json="os.pwrite(3, struct.pack('<4sIII', b'MMZ1', 1, 1, 1 << 31), 0); os._exit(0)",
    deep_json="os.pwrite(3, struct.pack('<4sIII', b'MMZ1', 1, 1, 60000) + b'xxx' + b'[' * 60000, 0); os._exit(0)",
    no_number="os.pwrite(3, struct.pack('<4sIII', b'MMZ1', 1, 1, 15) + b'xxx' + b'{\"answer\": NaN}', 0); os._exit(0)",
    surrogate="os.pwrite(3, struct.pack('<4sIII', b'MMZ1', 1, 1, 20) + b'xxx' + b'{\"answer\": \"\\\\ud800\"}', 0); os._exit(0)",
    many_digits="os.pwrite(3, struct.pack('<4sIII', b'MMZ1', 1, 1, 50000) + b'xxx' + b'9' * 50000, 0); os._exit(0)",
    a_list="os.pwrite(3, struct.pack('<4sIII', b'MMZ1', 1, 1, 2) + b'xxx[]', 0); os._exit(0)",
    garbage="[os.pwrite(n, os.urandom(1000), 0) for n in (1, 2, 3)]; os._exit(0)",
    shared="import mmap; m = mmap.mmap(3, 4096); m[:4] = b'MMZ1'; os._exit(0)",
    printed="print('{\"status\": \"ok\"}'); sys.stdout.flush()",
)  # fmt: skip
HANDLES += programs(
    "feign", ("code_error", "memory", "too_big", "no_image"),
    **{f"exit_{number}": f"os._exit({number})" for number in (13, 12, 11, 10, 98, 99, 137, 255)},
    start_again="os.write(4, b'x')",
)  # fmt: skip

RESOURCES = programs(
    "resource", ENDED,
    spin="while True: pass",
    spin_in_c="sum(range(10**13))",
    big_number="x = 10 ** (10 ** 9)",
    regex="import re; re.match('(a+)+$', 'a' * 40 + 'b')",
    deaf="""
import signal
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
while True:
    try:
        while True: pass
    except BaseException: pass""",
    evil_text="""
class Evil(Exception):
    def __str__(self):
        while True: pass
raise Evil""",
    at_collection="""
class Evil:
    def __del__(self):
        while True: pass
x = Evil()
del x""",
)  # fmt: skip
RESOURCES += programs(
    "resource", ("timeout",),
    sleep="import time; time.sleep(10**6)",
    wait="import select; select.select([], [], [])",
    futex="call(202, (ctypes.c_int * 1)(0), 0, 0, 0, 0, 0)",
    lock="import threading; x = threading.Lock(); x.acquire(); x.acquire()",
    sleep_deaf="""
import time
while True:
    try: time.sleep(1000)
    except BaseException: pass""",
)  # fmt: skip
RESOURCES += programs(
    "resource", ("memory", *ENDED),
    string="x = 'a' * (1 << 40)",
    numpy="import numpy; numpy.ones((200000, 200000))",
    doubling="x = [0]\nwhile True: x += x",
    shift="1 << (1 << 40)",
    generator="x = list(iter(int, 1))",
    zip_bomb="import zlib; d = zlib.compress(bytes(10**8), 9); x = [zlib.decompress(d) for _ in range(100)]",
)  # fmt: skip
RESOURCES += programs(
    "resource", ("crash", "code_error", "memory", "cpu_limit", "timeout"),
    segfault="ctypes.string_at(0)",
    abort="os.abort()",
    recursion="def f(): f()\nf()",
    deep_recursion="sys.setrecursionlimit(1 << 30)\ndef f(): f()\nf()",
    parser="eval('(' * 10**5)",
    parser_again="eval('-' * 10**6 + '1')",
    alarm="import signal; signal.alarm(1); import time; time.sleep(5)",
    stack="ctypes.CFUNCTYPE(None)(0)()",
    illegal="""
import mmap
page = mmap.mmap(-1, 4096, prot=7)
page.write(bytes.fromhex('0f0b'))
ctypes.CFUNCTYPE(None)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()""",
    vsyscall="ctypes.CFUNCTYPE(ctypes.c_long)(0xffffffffff600000)(); raise SystemExit(1)",
    map_all="import mmap; x = [mmap.mmap(-1, 1 << 24) for _ in range(10**6)]",
)  # fmt: skip
RESOURCES += programs(
    "resource", REFUSED,
    flood="for _ in range(3000): print('x' * 1000)",
    flood_errors="for _ in range(3000): sys.stderr.write('x' * 1000)",
    flood_raw="""
for _ in range(3000):
    try: os.write(1, b'x' * 1000)
    except OSError: pass""",
    long_message="raise ValueError('x' * 10**8)",
    terminal="print('\\x1b[2J\\x1b]0;title\\x07\\x9b31m')",
    null="raise ValueError('\\0' * 1000)",
    exit_code="sys.exit(3)",
    exit_text="sys.exit('enough')",
    interrupt="raise KeyboardInterrupt",
    leaving="import atexit; atexit.register(lambda: print('ESCAPED'))",
    leaving_frame="sys.settrace(lambda *a: 1/0); f = lambda: 1; f()",
    own_class="class E(BaseException): pass\nraise E",
    cycle="a = ValueError(); a.__context__ = a; raise a",
    many_files="attempt(lambda: [os.open(os.__file__, 0) for _ in range(1000)])",
    import_hook="""
class Hook:
    def find_spec(self, name, path, target=None): print('asked', name)
sys.meta_path.insert(0, Hook()); import nowhere""",
    builtins="import builtins; builtins.print = builtins.open = builtins.len = None; import json; json.dumps = None",
    our_modules="""
for name, module in list(sys.modules.items()):
    if name.startswith('mmzero'): vars(module).clear()""",
    pickled="""
import io, pickle
class P:
    def __reduce__(self): return os.system, ('touch DEN/made',)
attempt(lambda: pickle.loads(pickle.dumps(P())) and 1/0)""",
    numpy_pickled="""
import io, numpy
class P:
    def __reduce__(self): return os.open, ('DEN/made', os.O_CREAT | os.O_WRONLY)
f = io.BytesIO(); numpy.save(f, numpy.array([P()], object), allow_pickle=True); f.seek(0)
attempt(lambda: numpy.load(f, allow_pickle=True))""",
    tex="import matplotlib.pyplot as plt; plt.rcParams['text.usetex'] = True; plt.title('\\\\input{SECRET}'); plt.savefig('x')",
    tokens="print(dict(os.environ))",
    c_tokens="""
libc.getenv.restype = ctypes.c_char_p
print('ESCAPED') if libc.getenv(b'MMZERO_TEST_TOKEN') else None""",
)  # fmt: skip
RESOURCES += programs(
    "picture", ("too_big",),
    inches="import matplotlib.pyplot as plt; plt.figure(figsize=(1e4, 1e4)); plt.savefig('x')",
    dpi="import matplotlib.pyplot as plt; plt.plot([1]); plt.savefig('x', dpi=100000)",
    rc="import matplotlib.pyplot as plt; plt.rcParams['savefig.dpi'] = 1e5; plt.plot([1]); plt.savefig('x')",
    pillow="from PIL import Image; Image.new('1', (5000, 5000)).save('x.png')",
    left_open="from PIL import Image; img = Image.new('1', (5000, 5000))",
    turtle="import turtle; turtle.setup(30000, 30000); turtle.fd(9)",
)  # fmt: skip
RESOURCES += programs(
    "picture", ("code_error", "too_big", "memory", "no_image", "cpu_limit", "timeout"),
    bomb="""
import io, zlib
def chunk(kind, data): return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
png = b'\\x89PNG\\r\\n\\x1a\\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', 60000, 60000, 8, 2, 0, 0, 0)) + chunk(b'IDAT', b'x') + chunk(b'IEND', b'')
open(output_path, 'wb').write(png)""",
    garbage="open(output_path, 'wb').write(b'\\x89PNG\\r\\n\\x1a\\n' + os.urandom(1000))",
    text="open(output_path, 'w').write('not a picture')",
    no_pixels="from PIL import Image; Image.new('RGB', (0, 0)).save('x.png')",
    canvas="import matplotlib.pyplot as plt; f = plt.figure(figsize=(500, 500)); f.canvas.draw()",
    text_size="import matplotlib.pyplot as plt; plt.text(0, 0, 'x', fontsize=1e7); plt.savefig('x', bbox_inches='tight')",
    not_a_number="import matplotlib.pyplot as plt; plt.figure(figsize=(float('nan'), 1)); plt.savefig('x')",
    pixels="from PIL import Image; Image.new('RGB', (60000, 60000))",
    strokes="import turtle\nwhile True: turtle.fd(1)",
)  # fmt: skip

_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="64" height="64">{}</svg>'
)


def drawings(ends: tuple[str, ...], **bodies: str) -> list[Attack]:
    return [
        Attack(
            f"svg:{name}",
            body if body.lstrip().startswith(("<?", "<!", "<svg", "x")) else _SVG.format(body),
            ends,
            "svg",
        )
        for name, body in bodies.items()
    ]


def _uses(levels: int) -> str:
    groups = "".join(f'<g id="g{i + 1}">' + f'<use href="#g{i}"/>' * 10 + "</g>" for i in range(levels))
    return f'<g id="g0"><rect width="9" height="9"/></g>{groups}<use href="#g{levels}"/>'


_PICTURE = "<image width='64' height='64' {}/>"
SVG = drawings(
    ("code_error",),
    http=_PICTURE.format("href='http://127.0.0.1:TCP/a.png'"),
    https=_PICTURE.format("xlink:href='https://127.0.0.1:TCP/a.png'"),
    file=_PICTURE.format("href='file://DEN/secret.png'"),
    path=_PICTURE.format("href='DEN/secret.png'"),
    relative=_PICTURE.format("href='../../../../DEN/secret.png'"),
    prefixed="<svg xmlns='http://www.w3.org/2000/svg' xmlns:q='http://www.w3.org/1999/xlink' width='64' height='64'>"
    + _PICTURE.format("q:href='DEN/secret.png'") + "</svg>",
    entity_in_name=_PICTURE.format("href='&#47;DEN/secret.png'"),
    space=_PICTURE.format("href='  \n DEN/secret.png'"),
    effect="<filter id='f'><feImage href='DEN/secret.png'/></filter><rect width='64' height='64' filter='url(#f)'/>",
    use="<use href='DEN/other.svg#a'/>",
    nested="<image href='data:image/svg+xml;base64,PHN2Zy8+'/>",
    page="<image href='data:text/html,hi'/>",
    style="<style>rect { fill: url(http://127.0.0.1:TCP/a) }</style><rect width='9' height='9'/>",
    style_import="<style>@import 'http://127.0.0.1:TCP/a.css';</style>",
    face="<style>@font-face { font-family: X; src: url('file://DEN/secret.ttf') }</style>",
    fill="<rect width='9' height='9' fill=\"url('http://127.0.0.1:TCP/#a')\"/>",
    base="<g xml:base='http://127.0.0.1:TCP/'><rect width='9' height='9'/></g>",
    xxe="<!DOCTYPE svg [<!ENTITY x SYSTEM 'file://SECRET'>]><svg xmlns='http://www.w3.org/2000/svg'><text>&x;</text></svg>",
    xxe_parameter="<!DOCTYPE svg [<!ENTITY % x SYSTEM 'http://127.0.0.1:TCP/a'> %x;]><svg xmlns='http://www.w3.org/2000/svg'/>",
    laughs="<!doctype svg [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]><svg>&b;</svg>",
    external_type="<!DOCTYPE svg SYSTEM 'http://127.0.0.1:TCP/a.dtd'><svg xmlns='http://www.w3.org/2000/svg'/>",
    entity="<text>&nothing;</text>",
    page_root="<?xml version='1.0'?><html><body/></html>",
    not_xml="x < y",
    script_source="<script href='http://127.0.0.1:TCP/a.js'/>",
    include="<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='SECRET' parse='text'/>",
)  # fmt: skip
SVG += drawings(
    ("too_big",),
    canvas="<svg xmlns='http://www.w3.org/2000/svg' width='100000' height='100000'><rect width='9' height='9'/></svg>",
    inches="<svg xmlns='http://www.w3.org/2000/svg' width='500in' height='90mm'/>",
    endless="<svg xmlns='http://www.w3.org/2000/svg' width='1e999' height='9'/>",
    box="<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 90000 90000'/>",
)  # fmt: skip
SVG += drawings(
    (*ANY, "ok"),  # it may well be drawn: what counts is that it ends and reaches nothing
    uses=_uses(9),
    blur="<filter id='f' width='1000%' height='1000%'><feGaussianBlur stdDeviation='5000'/></filter><rect width='64' height='64' filter='url(#f)'/>",
    noise="<filter id='f'><feTurbulence numOctaves='100000' baseFrequency='9'/></filter><rect width='64' height='64' filter='url(#f)'/>",
    deep="<g>" * 5000 + "</g>" * 5000,
    itself="<pattern id='p' width='9' height='9'><rect width='9' height='9' fill='url(#p)'/></pattern><rect width='64' height='64' fill='url(#p)'/>",
    mask="<mask id='m' mask='url(#m)'><rect width='9' height='9'/></mask><rect width='64' height='64' mask='url(#m)'/>",
    dashes="<path d='M0 0 L 1e9 1e9' stroke='red' stroke-dasharray='0.001'/>",
    letters="<text font-size='1e9' y='60'>x</text>",
    script="<script>alert(1)</script><foreignObject><body/></foreignObject>",
    stylesheet="<?xml-stylesheet href='http://127.0.0.1:TCP/a.css'?><svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
    family="<text y='60' font-family='file://DEN/secret.ttf'>x</text>",
)  # fmt: skip

GENERATORS = [
    Attack(f"generator:{name}", PRELUDE + code, ends, "generator")
    for name, ends, code in (
        ("no_functions", ("code_error",), "x = 1"),
        (
            "long_answer",
            ("code_error",),
            "from PIL import Image\nscene = lambda s: 1\ndraw = lambda s: Image.new('L', (9, 9))\nanswer = lambda s: 'x' * 10**7",
        ),
        (
            "deep_scene",
            ("code_error",),
            "def scene(s):\n x = []\n for _ in range(10**5): x = [x]\n return x\ndraw = answer = scene",
        ),
        ("no_number", ("code_error",), "scene = lambda s: float('nan')\ndraw = answer = scene"),
        ("secret", ("code_error",), "scene = lambda s: open('SECRET').read()\ndraw = answer = scene"),
        ("endless", ENDED, "def scene(s):\n while True: pass\ndraw = answer = scene"),
        ("object", ("code_error",), "scene = lambda s: object()\ndraw = answer = scene"),
    )
]

ATTACKS = [
    *READ, *PROC, *DEVICES, *WRITE, *NETWORK, *PROCESSES, *IPC, *VIOLATIONS, *HANDLES, *RESOURCES, *SVG, *GENERATORS
]  # fmt: skip
