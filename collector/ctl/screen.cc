#include "collector/ctl/screen.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace caspilink::ctl {
namespace {

constexpr const char* kEnterAlternate = "\033[?1049h\033[?25l";  // the alternate screen, no cursor
constexpr const char* kLeaveAlternate = "\033[?25h\033[?1049l";
constexpr const char* kHome = "\033[H";
constexpr const char* kRestOfLine = "\033[K";
constexpr const char* kRestOfScreen = "\033[J";
constexpr const char* kPlain = "\033[0m";
constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP};
constexpr char kWake = 0;  // no signal has this number

// Where handlers and other threads say that something has happened.
std::atomic<int> speaking_end = -1;
static_assert(std::atomic<int>::is_always_lock_free);

void on_signal(int number) {
  const int before = errno;
  const char byte = static_cast<char>(number);
  // A full pipe has enough in it to be looked at.
  [[maybe_unused]] const auto written = ::write(speaking_end, &byte, 1);
  errno = before;
}

bool write_all(std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// As much of a line as fits. Colours take no room, and do not reach beyond it.
std::string cut(std::string_view line, std::size_t columns) {
  std::string out;
  std::size_t shown = 0;
  bool coloured = false;
  for (std::size_t i = 0; i < line.size();) {
    if (line[i] == '\033') {
      const std::size_t end = line.find('m', i);
      if (end == std::string_view::npos) break;
      const std::string_view sequence = line.substr(i, end - i + 1);
      coloured = sequence != kPlain;
      out += sequence;
      i = end + 1;
      continue;
    }
    if (shown == columns) break;
    std::size_t end = i + 1;
    while (end < line.size() && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U) ++end;
    out += line.substr(i, end - i);
    ++shown;
    i = end;
  }
  if (coloured) out += kPlain;
  return out;
}

}  // namespace

std::string frame(std::string_view text, const ScreenSize& size) {
  std::size_t lines = 0;
  for (const char c : text) lines += c == '\n' ? 1 : 0;
  const std::size_t rows = std::max<std::size_t>(size.rows, 1);
  const std::size_t whole = lines <= rows ? lines : rows - 1;
  std::string out = kHome;
  for (std::size_t row = 0; row < whole; ++row) {
    const std::size_t end = text.find('\n');
    out += cut(text.substr(0, end), size.columns);
    text.remove_prefix(end + 1);
    out += kRestOfLine;
    // The last row has no line end after it: the screen would scroll.
    if (row + 1 < rows) out += "\r\n";
  }
  if (whole < lines) {
    out +=
        cut(fmt::format("({} more lines: make the terminal higher)", lines - whole), size.columns) +
        kRestOfLine;
  } else if (lines < rows) {
    out += kRestOfScreen;
  }
  return out;
}

struct Screen::Saved {
  std::array<struct sigaction, kSignals.size()> actions{};
  std::optional<termios> input;  // nothing: standard input is no terminal
  int listening_end = -1;
};

Screen::Screen(std::unique_ptr<Saved> saved) : saved_(std::move(saved)) {}

Result<std::unique_ptr<Screen>> Screen::open() {
  if (::isatty(STDOUT_FILENO) != 1) {
    return fail(ErrorCode::kUnavailable, "", "the output is no terminal");
  }
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
    return fail(ErrorCode::kUnavailable, "", "no pipe for signals");
  }
  auto saved = std::make_unique<Saved>();
  saved->listening_end = ends[0];
  speaking_end = ends[1];
  termios input{};
  if (::isatty(STDIN_FILENO) == 1 && ::tcgetattr(STDIN_FILENO, &input) == 0) saved->input = input;
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], &action, &saved->actions[i]);
  }
  std::unique_ptr<Screen> screen(new Screen(std::move(saved)));
  screen->enter();
  return screen;
}

Screen::~Screen() {
  leave();
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], &saved_->actions[i], nullptr);
  }
  ::close(speaking_end.exchange(-1));
  ::close(saved_->listening_end);
}

void Screen::enter() const {
  if (saved_->input) {
    // Keys are not shown, and come at once; Ctrl-C and Ctrl-Z stay signals.
    termios quiet = *saved_->input;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON);
    quiet.c_cc[VMIN] = 0;
    quiet.c_cc[VTIME] = 0;
    ::tcsetattr(STDIN_FILENO, TCSADRAIN, &quiet);
  }
  write_all(kEnterAlternate);
}

void Screen::leave() const {
  write_all(kLeaveAlternate);
  if (saved_->input) ::tcsetattr(STDIN_FILENO, TCSADRAIN, &*saved_->input);
}

void Screen::suspend() const {
  leave();
  ::raise(SIGSTOP);
  enter();
}

ScreenSize Screen::size() const {
  winsize window{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_col == 0 ||
      window.ws_row == 0) {
    return {};
  }
  return {.columns = window.ws_col, .rows = window.ws_row};
}

Result<void> Screen::draw(std::string_view text) const {
  if (write_all(frame(text, size()))) return {};
  return fail(ErrorCode::kUnavailable, "", "the terminal is gone");
}

Screen::Event Screen::wait(std::chrono::milliseconds most) {
  std::array<pollfd, 2> watched = {pollfd{saved_->listening_end, POLLIN, 0},
                                   pollfd{saved_->input ? STDIN_FILENO : -1, POLLIN, 0}};
  if (::poll(watched.data(), watched.size(), static_cast<int>(most.count())) <= 0) {
    return Event::kNothing;
  }
  Event event = Event::kNothing;
  std::array<char, 64> bytes{};
  if (watched[1].revents != 0) {
    const auto typed = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (typed <= 0) return Event::kLeave;  // nobody is there any more
    if (std::string_view(bytes.data(), static_cast<std::size_t>(typed)).find('q') !=
        std::string_view::npos) {
      return Event::kLeave;
    }
  }
  const auto said = ::read(saved_->listening_end, bytes.data(), bytes.size());
  for (std::size_t i = 0; i < static_cast<std::size_t>(std::max<ssize_t>(said, 0)); ++i) {
    switch (bytes[i]) {
      case kWake:
        if (event == Event::kNothing) event = Event::kWoken;
        break;
      case SIGTSTP:
        suspend();
        event = Event::kResized;
        break;
      case SIGWINCH:
        event = Event::kResized;
        break;
      default:
        return Event::kLeave;
    }
  }
  return event;
}

void Screen::wake() const {
  [[maybe_unused]] const auto written = ::write(speaking_end, &kWake, 1);
}

}  // namespace caspilink::ctl
