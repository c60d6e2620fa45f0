#include "backup/sealed_file.h"

#include <filesystem>
#include <fstream>

#include "foundation/text.h"

namespace feiqian::backup {
namespace {

constexpr std::string_view kMagic = "FQBF1";
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kChunkBytes = 1 << 20;
constexpr std::size_t kMostChunkBytes = 64 << 20;

crypto::Sealer sealer_of(const Keys& keys, std::string_view salt, Random& random) {
  return {Secret(crypto::hmac_sha256(keys.files.reveal(), "file" + std::string(salt))), random};
}

std::string binding_of(const std::string& place, std::int64_t number, bool last) {
  return place + "#" + std::to_string(number) + (last ? "." : "+");
}

std::string length_of(std::string_view bytes) {
  std::string length;
  for (int shift = 24; shift >= 0; shift -= 8) length += static_cast<char>(bytes.size() >> shift);
  return length;
}

/// Reads a file from start to end and digests what it reads.
class Source {
 public:
  explicit Source(const std::string& path) : file_(path, std::ios::binary) {}
  bool open() const { return file_.is_open(); }
  bool at_end() { return file_.peek() == std::ifstream::traits_type::eof(); }
  /// False when the file is too short.
  bool read(std::size_t size, std::string& into) {
    into.resize(size);
    file_.read(into.data(), static_cast<std::streamsize>(size));
    if (static_cast<std::size_t>(file_.gcount()) != size) return false;
    digest_.update(into);
    size_ += static_cast<std::int64_t>(size);
    return true;
  }
  FileDigest digest() { return {size_, to_hex(digest_.finish())}; }

 private:
  std::ifstream file_;
  crypto::Sha256 digest_;
  std::int64_t size_ = 0;
};

}  // namespace

SealedWriter::SealedWriter(detail::NewFile file, std::string place, crypto::Sealer sealer)
    : file_(std::move(file)),
      place_(std::move(place)),
      sealer_(std::move(sealer)),
      digest_(std::make_unique<crypto::Sha256>()) {}

Result<SealedWriter> SealedWriter::create(const std::string& path, std::string place, const Keys& keys,
                                          Random& random) {
  const auto salt = random.bytes(kSaltBytes);
  SealedWriter writer(TRY(detail::NewFile::create(path)), std::move(place), sealer_of(keys, salt, random));
  TRY(writer.write(std::string(kMagic) + salt));
  return writer;
}

Result<void> SealedWriter::write(std::string_view bytes) {
  digest_->update(bytes);
  size_ += static_cast<std::int64_t>(bytes.size());
  return file_.write(bytes);
}

Result<void> SealedWriter::write_chunk(bool last) {
  const auto sealed = sealer_.seal(waiting_, binding_of(place_, chunks_, last));
  ++chunks_;
  waiting_.clear();
  TRY(write(length_of(sealed)));
  return write(sealed);
}

Result<void> SealedWriter::add(std::string_view record) {
  waiting_ += record;
  if (waiting_.size() < kChunkBytes) return {};
  return write_chunk(false);
}

Result<FileDigest> SealedWriter::finish() {
  TRY(write_chunk(true));
  TRY(file_.publish());
  return FileDigest{size_, to_hex(digest_->finish())};
}

Result<FileDigest> read_sealed(const std::string& path, const std::string& place, const Keys& keys, Random& random,
                               const std::function<Result<void>(std::string_view chunk)>& visit) {
  if (!std::filesystem::exists(path)) return Error(errors::kBackupFileMissing, place);
  Source source(path);
  const auto broken = [&](const std::string& what) { return Error(errors::kBackupFileBroken, place + ": " + what); };
  std::string bytes;
  if (!source.open() || !source.read(kMagic.size(), bytes) || bytes != kMagic) return broken("not a backup's file");
  if (!source.read(kSaltBytes, bytes)) return broken("it ends in its head");
  const auto sealer = sealer_of(keys, bytes, random);
  for (std::int64_t number = 0;; ++number) {
    const auto chunk = "chunk " + std::to_string(number);
    if (!source.read(4, bytes)) return broken(chunk + " is missing");
    std::size_t length = 0;
    for (const char byte : bytes) length = length << 8 | static_cast<unsigned char>(byte);
    if (length > kMostChunkBytes || !source.read(length, bytes)) return broken(chunk + " is cut off");
    const bool last = source.at_end();
    const auto opened = sealer.unseal(bytes, binding_of(place, number, last));
    if (!opened) return broken(chunk + " was changed");
    TRY(visit(opened->reveal()));
    if (last) return source.digest();
  }
}

}  // namespace feiqian::backup
