// By itself, so that a program of a test can put another definition in its place.
#include "server/migrations.h"

namespace feiqian::server {

std::span<const store::Migration> postgres_migrations() {
  return released_postgres_migrations();
}

}  // namespace feiqian::server
