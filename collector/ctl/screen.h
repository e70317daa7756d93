// A terminal that is drawn over: the alternate screen, without a cursor, as big as the terminal is,
// and the terminal as it was afterwards, however the program leaves.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "link_models/result.h"

namespace caspilink::ctl {

struct ScreenSize {
  std::size_t columns = 80;
  std::size_t rows = 24;

  friend bool operator==(const ScreenSize&, const ScreenSize&) = default;
};

// What shows `text` in place of whatever was there: lines are cut to the screen's columns, whatever
// colours are in them, and to its rows; the last row then says how many lines there were no room
// for. Characters are taken to be one column wide.
[[nodiscard]] std::string frame(std::string_view text, const ScreenSize& size);

class Screen {
 public:
  enum class Event : std::uint8_t {
    kNothing,  // the time is over
    kWoken,    // wake() was called
    kResized,  // draw again
    kLeave,    // SIGINT, SIGTERM, SIGHUP, or the key q
  };

  // Takes the terminal of standard output, and of standard input where that is one, and the
  // process's signals; one at a time. kUnavailable where standard output is no terminal.
  [[nodiscard]] static Result<std::unique_ptr<Screen>> open();
  // Gives everything back.
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  [[nodiscard]] ScreenSize size() const;
  // kUnavailable where the terminal is gone.
  [[nodiscard]] Result<void> draw(std::string_view text) const;
  [[nodiscard]] Event wait(std::chrono::milliseconds most);
  // From any thread.
  void wake() const;

 private:
  struct Saved;
  explicit Screen(std::unique_ptr<Saved> saved);
  void enter() const;
  void leave() const;
  // SIGTSTP: the shell gets its terminal back until it lets us go on.
  void suspend() const;

  std::unique_ptr<Saved> saved_;
};

}  // namespace caspilink::ctl
