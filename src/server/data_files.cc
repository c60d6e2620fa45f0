#include "server/data_files.h"

#include "backup/restore.h"

namespace feiqian::server {

DataFiles::DataFiles(const std::string& directory)
    : database(directory + "/feiqian.db"),
      lock(directory + "/feiqian.lock"),
      socket(directory + "/control.sock"),
      keys(directory + "/keys"),
      ops_token(directory + "/ops.token"),
      archives(directory + "/archives"),
      restore_mark(directory + "/" + backup::Layout().mark),
      alipay_public_key(directory + "/alipay_public_key.pem"),
      wechatpay_public_key(directory + "/wechatpay_public_key.pem"),
      unionpay_certificate(directory + "/unionpay_certificate.pem"),
      unionpay_roots(directory + "/unionpay_roots.pem"),
      unionpay_intermediates(directory + "/unionpay_intermediates.pem") {}

}  // namespace feiqian::server
