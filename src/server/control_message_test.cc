#include "server/control_message.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "engine/testing/harness.h"
#include "server/control_socket.h"

namespace feiqian::server {
namespace {

TEST(ControlMessage, ComesBack) {
  const auto request = request_from_line(to_line(ControlRequest{{"merchant", "create", "茶 \"1\"\n"}, "/srv"}));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->args, (std::vector<std::string>{"merchant", "create", "茶 \"1\"\n"}));
  EXPECT_EQ(request->directory, "/srv");
  const auto answer = answer_from_line(to_line(ControlAnswer{2, "no\n"}));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->exit, 2);
  EXPECT_EQ(answer->output, "no\n");
}

TEST(ControlMessage, EverythingElseIsNone) {
  for (const char* line :
       {"", "\n", "x", "[]", "{}", R"({"args":1,"directory":"/"})", R"({"args":[1],"directory":"/"})", R"({"args":[]})",
        R"({"args":[],"directory":5})", R"({"args":null,"directory":"/"})"})
    EXPECT_FALSE(request_from_line(line)) << line;
  for (const char* line : {"", "{}", R"({"exit":"0","output":""})", R"({"exit":0})", R"({"exit":0,"output":0})",
                           R"({"exit":-1,"output":""})", R"({"exit":256,"output":""})", R"({"exit":1.0,"output":""})"})
    EXPECT_FALSE(answer_from_line(line)) << line;
}

TEST(ControlSocket, OutlivesWhatIsNoRequest) {
  engine::testing::TempDirectory directory;
  const auto path = directory.file("control.sock");
  const auto listening = engine::testing::must(ControlSocket::listen(path, [](const auto& args, const auto&) {
    return ControlAnswer{0, args.empty() ? "none" : args[0]};
  }));
  for (const std::string line : {"{\"args\":1}\n", "{\"args\":[]}\n", "{\"args\":[[]],\"directory\":\"/\"}\n"}) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
    ASSERT_EQ(::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::send(socket, line.data(), line.size(), MSG_NOSIGNAL), static_cast<ssize_t>(line.size()));
    std::string answer(256, '\0');
    answer.resize(static_cast<std::size_t>(std::max<ssize_t>(0, ::recv(socket, answer.data(), answer.size(), 0))));
    ::close(socket);
    EXPECT_NE(answer.find("not a request"), std::string::npos) << line;
  }
  EXPECT_EQ(engine::testing::must(ask_server(path, {"ping"})).output, "ping");
}

}  // namespace
}  // namespace feiqian::server
