# PowerShell completion for nubes-nb, made by `npm run generate` from the command tree.

Register-ArgumentCompleter -Native -CommandName nubes-nb -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    # By command: what may stand in each place, its flags, and the flags that take a value.
    $places = @{
        ':0' = @(
            @{ Word = 'login'; About = 'log in and store the session in the keychain' }
            @{ Word = 'logout'; About = 'log out; notebooks keep running' }
            @{ Word = 'whoami'; About = 'show the current login' }
            @{ Word = 'status'; About = 'show your login, your notebooks and what to do next' }
            @{ Word = 'create'; About = 'create a notebook and wait until it is ready' }
            @{ Word = 'ls'; About = 'list your notebooks' }
            @{ Word = 'list'; About = 'list your notebooks' }
            @{ Word = 'show'; About = 'show all details of a notebook' }
            @{ Word = 'start'; About = 'start a stopped notebook' }
            @{ Word = 'stop'; About = 'stop a notebook and keep its disk' }
            @{ Word = 'restart'; About = 'restart a notebook and wait until it is ready' }
            @{ Word = 'wait'; About = 'wait until a notebook reaches a state' }
            @{ Word = 'delete'; About = 'delete a notebook and its disk permanently' }
            @{ Word = 'rm'; About = 'delete a notebook and its disk permanently' }
            @{ Word = 'apply'; About = 'create, start and update notebooks from a manifest' }
            @{ Word = 'url'; About = 'print a notebook''s URL with its token' }
            @{ Word = 'share'; About = 'let another person use a notebook''s Jupyter' }
            @{ Word = 'handout'; About = 'print what the guests of your notebooks need' }
            @{ Word = 'certify'; About = 'install your site''s certificate on a direct notebook' }
            @{ Word = 'open'; About = 'open a notebook in the browser' }
            @{ Word = 'connect'; About = 'open a notebook in the browser' }
            @{ Word = 'tunnel'; About = 'open an SSH tunnel to a notebook until Ctrl-C' }
            @{ Word = 'ssh'; About = 'open a shell on a notebook''s VM' }
            @{ Word = 'exec'; About = 'run a program on a notebook''s VM' }
            @{ Word = 'cp'; About = 'copy files to or from a notebook''s VM' }
            @{ Word = 'ssh-config'; About = 'print ssh_config hosts for your notebooks' }
            @{ Word = 'key'; About = 'list, add and remove the SSH keys of a notebook' }
            @{ Word = 'logs'; About = 'print the logs of a notebook''s VM' }
            @{ Word = 'sizes'; About = 'list the sizes, and how many of each fit now' }
            @{ Word = 'images'; About = 'list the images that a notebook can boot' }
            @{ Word = 'quota'; About = 'show the project''s quota and what you use of it' }
            @{ Word = 'config'; About = 'show and change settings' }
            @{ Word = 'context'; About = 'list contexts or switch to one' }
            @{ Word = 'history'; About = 'show what was done on this computer, with request ids' }
            @{ Word = 'doctor'; About = 'check this computer, the services and your settings' }
            @{ Word = 'admin'; About = 'see and change the notebooks of all users' }
            @{ Word = 'completion'; About = 'print a shell completion script' }
            @{ Word = 'man'; About = 'show or install the man pages' }
            @{ Word = 'sandbox'; About = 'try nubes-nb on an embedded cloud' }
            @{ Word = 'version'; About = 'show the versions of nubes-nb and Node.js' }
        )
        'key:0' = @(
            @{ Word = 'list'; About = 'list the public keys that may log in to your account on the VM' }
            @{ Word = 'add'; About = 'let one more public key of yours log in' }
            @{ Word = 'remove'; About = 'remove a public key; other lines stay as they are' }
        )
        'config:0' = @(
            @{ Word = 'init'; About = 'choose cloud, session store and LDAP, and write a settings file' }
            @{ Word = 'import'; About = 'make settings of the configuration file of JupyterHub' }
            @{ Word = 'list'; About = 'list all settings with value and origin' }
            @{ Word = 'get'; About = 'print the value of a setting' }
            @{ Word = 'set'; About = 'set a value in your settings file; with --context, for that context' }
            @{ Word = 'unset'; About = 'remove a setting from your settings file' }
            @{ Word = 'path'; About = 'print the paths of the settings files' }
            @{ Word = 'validate'; About = 'check the settings and the files that they name (exit 11 if invalid)' }
        )
        'config import:0' = @(
            @{ Word = 'jupyterhub'; About = 'program' }
        )
        'config get:0' = @(
            @{ Word = 'site'; About = 'key' }
            @{ Word = 'context'; About = 'key' }
            @{ Word = 'openstack.auth_url'; About = 'key' }
            @{ Word = 'openstack.region'; About = 'key' }
            @{ Word = 'openstack.interface'; About = 'key' }
            @{ Word = 'openstack.user_domain'; About = 'key' }
            @{ Word = 'openstack.project'; About = 'key' }
            @{ Word = 'openstack.project_domain'; About = 'key' }
            @{ Word = 'openstack.ca_file'; About = 'key' }
            @{ Word = 'ldap.urls'; About = 'key' }
            @{ Word = 'ldap.tls'; About = 'key' }
            @{ Word = 'ldap.ca_file'; About = 'key' }
            @{ Word = 'ldap.bind_dn_template'; About = 'key' }
            @{ Word = 'ldap.domains'; About = 'key' }
            @{ Word = 'ldap.search.base'; About = 'key' }
            @{ Word = 'ldap.search.attribute'; About = 'key' }
            @{ Word = 'ldap.search.filter'; About = 'key' }
            @{ Word = 'ldap.search.bind_dn'; About = 'key' }
            @{ Word = 'ldap.allowed_groups'; About = 'key' }
            @{ Word = 'ldap.denied_groups'; About = 'key' }
            @{ Word = 'ldap.nested_groups'; About = 'key' }
            @{ Word = 'ldap.username_attribute'; About = 'key' }
            @{ Word = 'ldap.username_pattern'; About = 'key' }
            @{ Word = 'ldap.timeout'; About = 'key' }
            @{ Word = 'session.ttl'; About = 'key' }
            @{ Word = 'session.store'; About = 'key' }
            @{ Word = 'notebook.image'; About = 'key' }
            @{ Word = 'notebook.size'; About = 'key' }
            @{ Word = 'notebook.network'; About = 'key' }
            @{ Word = 'notebook.security_groups'; About = 'key' }
            @{ Word = 'notebook.key_file'; About = 'key' }
            @{ Word = 'notebook.also_keys'; About = 'key' }
            @{ Word = 'notebook.access'; About = 'key' }
            @{ Word = 'notebook.allowed_cidr'; About = 'key' }
            @{ Word = 'notebook.certificate'; About = 'key' }
            @{ Word = 'notebook.certificate_key'; About = 'key' }
            @{ Word = 'notebook.floating_ip'; About = 'key' }
            @{ Word = 'notebook.port'; About = 'key' }
            @{ Word = 'notebook.ssh_port'; About = 'key' }
            @{ Word = 'notebook.user'; About = 'key' }
            @{ Word = 'notebook.account'; About = 'key' }
            @{ Word = 'notebook.folder'; About = 'key' }
            @{ Word = 'notebook.command'; About = 'key' }
            @{ Word = 'notebook.package_index'; About = 'key' }
            @{ Word = 'notebook.config_drive'; About = 'key' }
            @{ Word = 'notebook.host_template'; About = 'key' }
            @{ Word = 'notebook.idle_timeout'; About = 'key' }
            @{ Word = 'notebook.expires'; About = 'key' }
            @{ Word = 'limits.per_user'; About = 'key' }
            @{ Word = 'limits.by_group'; About = 'key' }
            @{ Word = 'limits.concurrency'; About = 'key' }
            @{ Word = 'timeouts.create'; About = 'key' }
            @{ Word = 'timeouts.start'; About = 'key' }
            @{ Word = 'timeouts.stop'; About = 'key' }
            @{ Word = 'timeouts.delete'; About = 'key' }
            @{ Word = 'timeouts.http'; About = 'key' }
            @{ Word = 'site_team.admin_keys'; About = 'key' }
            @{ Word = 'site_team.admin_keys_url'; About = 'key' }
            @{ Word = 'site_team.admin_group'; About = 'key' }
            @{ Word = 'site_team.support'; About = 'key' }
        )
        'config set:0' = @(
            @{ Word = 'site'; About = 'key' }
            @{ Word = 'context'; About = 'key' }
            @{ Word = 'openstack.auth_url'; About = 'key' }
            @{ Word = 'openstack.region'; About = 'key' }
            @{ Word = 'openstack.interface'; About = 'key' }
            @{ Word = 'openstack.user_domain'; About = 'key' }
            @{ Word = 'openstack.project'; About = 'key' }
            @{ Word = 'openstack.project_domain'; About = 'key' }
            @{ Word = 'openstack.ca_file'; About = 'key' }
            @{ Word = 'ldap.urls'; About = 'key' }
            @{ Word = 'ldap.tls'; About = 'key' }
            @{ Word = 'ldap.ca_file'; About = 'key' }
            @{ Word = 'ldap.bind_dn_template'; About = 'key' }
            @{ Word = 'ldap.domains'; About = 'key' }
            @{ Word = 'ldap.search.base'; About = 'key' }
            @{ Word = 'ldap.search.attribute'; About = 'key' }
            @{ Word = 'ldap.search.filter'; About = 'key' }
            @{ Word = 'ldap.search.bind_dn'; About = 'key' }
            @{ Word = 'ldap.allowed_groups'; About = 'key' }
            @{ Word = 'ldap.denied_groups'; About = 'key' }
            @{ Word = 'ldap.nested_groups'; About = 'key' }
            @{ Word = 'ldap.username_attribute'; About = 'key' }
            @{ Word = 'ldap.username_pattern'; About = 'key' }
            @{ Word = 'ldap.timeout'; About = 'key' }
            @{ Word = 'session.ttl'; About = 'key' }
            @{ Word = 'session.store'; About = 'key' }
            @{ Word = 'notebook.image'; About = 'key' }
            @{ Word = 'notebook.size'; About = 'key' }
            @{ Word = 'notebook.network'; About = 'key' }
            @{ Word = 'notebook.security_groups'; About = 'key' }
            @{ Word = 'notebook.key_file'; About = 'key' }
            @{ Word = 'notebook.also_keys'; About = 'key' }
            @{ Word = 'notebook.access'; About = 'key' }
            @{ Word = 'notebook.allowed_cidr'; About = 'key' }
            @{ Word = 'notebook.certificate'; About = 'key' }
            @{ Word = 'notebook.certificate_key'; About = 'key' }
            @{ Word = 'notebook.floating_ip'; About = 'key' }
            @{ Word = 'notebook.port'; About = 'key' }
            @{ Word = 'notebook.ssh_port'; About = 'key' }
            @{ Word = 'notebook.user'; About = 'key' }
            @{ Word = 'notebook.account'; About = 'key' }
            @{ Word = 'notebook.folder'; About = 'key' }
            @{ Word = 'notebook.command'; About = 'key' }
            @{ Word = 'notebook.package_index'; About = 'key' }
            @{ Word = 'notebook.config_drive'; About = 'key' }
            @{ Word = 'notebook.host_template'; About = 'key' }
            @{ Word = 'notebook.idle_timeout'; About = 'key' }
            @{ Word = 'notebook.expires'; About = 'key' }
            @{ Word = 'limits.per_user'; About = 'key' }
            @{ Word = 'limits.by_group'; About = 'key' }
            @{ Word = 'limits.concurrency'; About = 'key' }
            @{ Word = 'timeouts.create'; About = 'key' }
            @{ Word = 'timeouts.start'; About = 'key' }
            @{ Word = 'timeouts.stop'; About = 'key' }
            @{ Word = 'timeouts.delete'; About = 'key' }
            @{ Word = 'timeouts.http'; About = 'key' }
            @{ Word = 'site_team.admin_keys'; About = 'key' }
            @{ Word = 'site_team.admin_keys_url'; About = 'key' }
            @{ Word = 'site_team.admin_group'; About = 'key' }
            @{ Word = 'site_team.support'; About = 'key' }
        )
        'config unset:0' = @(
            @{ Word = 'site'; About = 'key' }
            @{ Word = 'context'; About = 'key' }
            @{ Word = 'openstack.auth_url'; About = 'key' }
            @{ Word = 'openstack.region'; About = 'key' }
            @{ Word = 'openstack.interface'; About = 'key' }
            @{ Word = 'openstack.user_domain'; About = 'key' }
            @{ Word = 'openstack.project'; About = 'key' }
            @{ Word = 'openstack.project_domain'; About = 'key' }
            @{ Word = 'openstack.ca_file'; About = 'key' }
            @{ Word = 'ldap.urls'; About = 'key' }
            @{ Word = 'ldap.tls'; About = 'key' }
            @{ Word = 'ldap.ca_file'; About = 'key' }
            @{ Word = 'ldap.bind_dn_template'; About = 'key' }
            @{ Word = 'ldap.domains'; About = 'key' }
            @{ Word = 'ldap.search.base'; About = 'key' }
            @{ Word = 'ldap.search.attribute'; About = 'key' }
            @{ Word = 'ldap.search.filter'; About = 'key' }
            @{ Word = 'ldap.search.bind_dn'; About = 'key' }
            @{ Word = 'ldap.allowed_groups'; About = 'key' }
            @{ Word = 'ldap.denied_groups'; About = 'key' }
            @{ Word = 'ldap.nested_groups'; About = 'key' }
            @{ Word = 'ldap.username_attribute'; About = 'key' }
            @{ Word = 'ldap.username_pattern'; About = 'key' }
            @{ Word = 'ldap.timeout'; About = 'key' }
            @{ Word = 'session.ttl'; About = 'key' }
            @{ Word = 'session.store'; About = 'key' }
            @{ Word = 'notebook.image'; About = 'key' }
            @{ Word = 'notebook.size'; About = 'key' }
            @{ Word = 'notebook.network'; About = 'key' }
            @{ Word = 'notebook.security_groups'; About = 'key' }
            @{ Word = 'notebook.key_file'; About = 'key' }
            @{ Word = 'notebook.also_keys'; About = 'key' }
            @{ Word = 'notebook.access'; About = 'key' }
            @{ Word = 'notebook.allowed_cidr'; About = 'key' }
            @{ Word = 'notebook.certificate'; About = 'key' }
            @{ Word = 'notebook.certificate_key'; About = 'key' }
            @{ Word = 'notebook.floating_ip'; About = 'key' }
            @{ Word = 'notebook.port'; About = 'key' }
            @{ Word = 'notebook.ssh_port'; About = 'key' }
            @{ Word = 'notebook.user'; About = 'key' }
            @{ Word = 'notebook.account'; About = 'key' }
            @{ Word = 'notebook.folder'; About = 'key' }
            @{ Word = 'notebook.command'; About = 'key' }
            @{ Word = 'notebook.package_index'; About = 'key' }
            @{ Word = 'notebook.config_drive'; About = 'key' }
            @{ Word = 'notebook.host_template'; About = 'key' }
            @{ Word = 'notebook.idle_timeout'; About = 'key' }
            @{ Word = 'notebook.expires'; About = 'key' }
            @{ Word = 'limits.per_user'; About = 'key' }
            @{ Word = 'limits.by_group'; About = 'key' }
            @{ Word = 'limits.concurrency'; About = 'key' }
            @{ Word = 'timeouts.create'; About = 'key' }
            @{ Word = 'timeouts.start'; About = 'key' }
            @{ Word = 'timeouts.stop'; About = 'key' }
            @{ Word = 'timeouts.delete'; About = 'key' }
            @{ Word = 'timeouts.http'; About = 'key' }
            @{ Word = 'site_team.admin_keys'; About = 'key' }
            @{ Word = 'site_team.admin_keys_url'; About = 'key' }
            @{ Word = 'site_team.admin_group'; About = 'key' }
            @{ Word = 'site_team.support'; About = 'key' }
        )
        'context:0' = @(
            @{ Word = 'list'; About = 'list the contexts of the settings files' }
            @{ Word = 'create'; About = 'add a context to your settings file' }
            @{ Word = 'use'; About = 'switch to a context; default is the one without a name' }
        )
        'admin:0' = @(
            @{ Word = 'ls'; About = 'list the notebooks of all users' }
            @{ Word = 'show'; About = 'show the details of a notebook of any user' }
            @{ Word = 'logs'; About = 'print the console of a VM of any user' }
            @{ Word = 'stop'; About = 'stop a notebook of any user' }
            @{ Word = 'start'; About = 'start a notebook of any user' }
            @{ Word = 'delete'; About = 'delete a notebook of any user' }
            @{ Word = 'map'; About = 'print which VM is which notebook' }
            @{ Word = 'report'; About = 'sum up what the notebooks of each user take' }
            @{ Word = 'orphans'; About = 'list what nubes-nb made and nothing needs any more' }
        )
        'completion:0' = @(
            @{ Word = 'bash'; About = 'shell' }
            @{ Word = 'zsh'; About = 'shell' }
            @{ Word = 'fish'; About = 'shell' }
            @{ Word = 'powershell'; About = 'shell' }
        )
        'sandbox:0' = @(
            @{ Word = 'start'; About = 'run the sandbox until Ctrl-C, for commands in other terminals' }
            @{ Word = 'run'; About = 'run a command in the sandbox as a logged-in user, then delete the sandbox' }
            @{ Word = 'demo'; About = 'show an example session, from login to logout, in under 20 seconds' }
        )
    }
    $flags = @{
        '' = @(
            @{ Word = '-V'; About = 'show the version' }
            @{ Word = '--version'; About = 'show the version' }
            @{ Word = '-o'; About = 'output format' }
            @{ Word = '--output'; About = 'output format' }
            @{ Word = '--json'; About = 'same as -o json' }
            @{ Word = '-c'; About = 'table columns, comma-separated' }
            @{ Word = '--columns'; About = 'table columns, comma-separated' }
            @{ Word = '--no-header'; About = 'omit the table header' }
            @{ Word = '-q'; About = 'print names only' }
            @{ Word = '--quiet'; About = 'print names only' }
            @{ Word = '-v'; About = 'print more details' }
            @{ Word = '--verbose'; About = 'print more details' }
            @{ Word = '--debug'; About = 'trace HTTP requests on stderr, without secrets' }
            @{ Word = '--no-color'; About = 'no colour' }
            @{ Word = '--no-input'; About = 'never prompt; fail and name the flag instead' }
            @{ Word = '--config'; About = 'settings file to use instead of the default' }
            @{ Word = '--context'; About = 'settings context to use' }
            @{ Word = '-h'; About = 'show help' }
            @{ Word = '--help'; About = 'show help' }
        )
        'login' = @(
            @{ Word = '-u'; About = 'your user ID' }
            @{ Word = '--username'; About = 'your user ID' }
            @{ Word = '--password-stdin'; About = 'read the password from stdin (one line)' }
            @{ Word = '--project'; About = 'OpenStack project, by name or ID' }
            @{ Word = '--from-openstack-env'; About = 'use OS_CLOUD and clouds.yaml, or OS_* variables' }
            @{ Word = '--force'; About = 'log in again even if you are logged in' }
        )
        'logout' = @(
            @{ Word = '--all'; About = 'log out of every context' }
            @{ Word = '--revoke'; About = 'delete the application credential with your password' }
            @{ Word = '--password-stdin'; About = 'with --revoke: read the password from stdin (one line)' }
            @{ Word = '--force'; About = 'log out while Nova is creating or deleting a notebook, which may put it in ERROR' }
        )
        'whoami' = @(
            @{ Word = '--check'; About = 'ask Keystone whether the login is still valid (exit 4 if not)' }
        )
        'status' = @()
        'create' = @(
            @{ Word = '--image'; About = 'image to boot (name or UUID)' }
            @{ Word = '--size'; About = 'size (flavor) of the VM (name or id)' }
            @{ Word = '--network'; About = 'network to attach (name or UUID)' }
            @{ Word = '--key'; About = 'SSH public key (default: the first in ~/.ssh)' }
            @{ Word = '--also-key'; About = 'further public key for your account there (repeatable)' }
            @{ Word = '--requirements'; About = 'Python packages to install on first boot (requirements file)' }
            @{ Word = '--access'; About = 'how to reach Jupyter: SSH tunnel or HTTPS' }
            @{ Word = '--floating-ip'; About = 'floating IP for direct access' }
            @{ Word = '--passphrase-stdin'; About = 'read the passphrase of the certificate''s key from stdin (one line)' }
            @{ Word = '--keep-passphrase'; About = 'store that passphrase in the keychain' }
            @{ Word = '--label'; About = 'label to set (repeatable)' }
            @{ Word = '--if-exists'; About = 'what to do if the name is taken by your own notebook' }
            @{ Word = '--from'; About = 'read names (one per line) or NDJSON from a file; - for stdin' }
            @{ Word = '--concurrency'; About = 'notebooks to work on at a time (default: limits.concurrency)' }
            @{ Word = '--max-failures'; About = 'stop after this many consecutive failures with the same error' }
            @{ Word = '--dry-run'; About = 'show the plan and exit' }
            @{ Word = '--for'; About = 'make a notebook for each person of a CSV file, and share it with them; - for stdin' }
            @{ Word = '--fit'; About = 'create only as many as the quota allows' }
            @{ Word = '--wait'; About = 'state to wait for (default: ready)' }
            @{ Word = '--no-wait'; About = 'return as soon as Nova accepts the request' }
            @{ Word = '--timeout'; About = 'maximum wait per notebook, e.g. 90s or 6m' }
            @{ Word = '--open'; About = 'once ready, show it in the browser; Ctrl-C closes the tunnel' }
        )
        'ls' = @(
            @{ Word = '--label'; About = 'only notebooks with this label (repeatable)' }
            @{ Word = '--status'; About = 'only notebooks with this status (repeatable)' }
            @{ Word = '--sort'; About = 'order; age is the oldest first (default: age)' }
            @{ Word = '--watch'; About = 'show the list in place, again every 3 s, until q or Ctrl-C' }
            @{ Word = '--probe'; About = 'check whether Jupyter answers (status ready or unreachable)' }
        )
        'show' = @(
            @{ Word = '--show-token'; About = 'include the token in the URL' }
            @{ Word = '--probe'; About = 'check whether Jupyter answers (status ready or unreachable)' }
            @{ Word = '--from'; About = 'read names (one per line) or NDJSON from a file; - for stdin' }
            @{ Word = '--all'; About = 'all your notebooks' }
            @{ Word = '--older-than'; About = 'notebooks older than e.g. 30d' }
            @{ Word = '--label'; About = 'notebooks with this label (repeatable)' }
        )
        'start' = @(
            @{ Word = '--show-token'; About = 'include the token in the URL' }
            @{ Word = '--all'; About = 'all your notebooks (asks once)' }
            @{ Word = '--older-than'; About = 'notebooks older than e.g. 30d (asks once)' }
            @{ Word = '--label'; About = 'notebooks with this label (repeatable)' }
            @{ Word = '-y'; About = 'skip the confirmation prompt' }
            @{ Word = '--yes'; About = 'skip the confirmation prompt' }
            @{ Word = '--from'; About = 'read names (one per line) or NDJSON from a file; - for stdin' }
            @{ Word = '--concurrency'; About = 'notebooks to work on at a time (default: limits.concurrency)' }
            @{ Word = '--max-failures'; About = 'stop after this many consecutive failures with the same error' }
            @{ Word = '--dry-run'; About = 'show the plan and exit' }
            @{ Word = '--wait'; About = 'state to wait for (default: ready)' }
            @{ Word = '--no-wait'; About = 'return as soon as Nova accepts the request' }
            @{ Word = '--timeout'; About = 'maximum wait per notebook, e.g. 90s or 6m' }
        )
        'stop' = @(
            @{ Word = '--all'; About = 'all your notebooks (asks once)' }
            @{ Word = '--older-than'; About = 'notebooks older than e.g. 30d (asks once)' }
            @{ Word = '--label'; About = 'notebooks with this label (repeatable)' }
            @{ Word = '-y'; About = 'skip the confirmation prompt' }
            @{ Word = '--yes'; About = 'skip the confirmation prompt' }
            @{ Word = '--from'; About = 'read names (one per line) or NDJSON from a file; - for stdin' }
            @{ Word = '--concurrency'; About = 'notebooks to work on at a time (default: limits.concurrency)' }
            @{ Word = '--max-failures'; About = 'stop after this many consecutive failures with the same error' }
            @{ Word = '--dry-run'; About = 'show the plan and exit' }
            @{ Word = '--no-wait'; About = 'return as soon as Nova accepts the request' }
            @{ Word = '--timeout'; About = 'maximum wait per notebook, e.g. 90s or 6m' }
        )
        'restart' = @(
            @{ Word = '--hard'; About = 'power-cycle the VM, for one that does not respond' }
            @{ Word = '--jupyter-only'; About = 'restart only Jupyter, over ssh' }
            @{ Word = '--all'; About = 'all your notebooks (asks once)' }
            @{ Word = '--older-than'; About = 'notebooks older than e.g. 30d (asks once)' }
            @{ Word = '--label'; About = 'notebooks with this label (repeatable)' }
            @{ Word = '-y'; About = 'skip the confirmation prompt' }
            @{ Word = '--yes'; About = 'skip the confirmation prompt' }
            @{ Word = '--from'; About = 'read names (one per line) or NDJSON from a file; - for stdin' }
            @{ Word = '--concurrency'; About = 'notebooks to work on at a time (default: limits.concurrency)' }
            @{ Word = '--max-failures'; About = 'stop after this many consecutive failures with the same error' }
            @{ Word = '--dry-run'; About = 'show the plan and exit' }
            @{ Word = '--wait'; About = 'state to wait for (default: ready)' }
            @{ Word = '--no-wait'; About = 'return as soon as Nova accepts the request' }
            @{ Word = '--timeout'; About = 'maximum wait per notebook, e.g. 90s or 6m' }
        )
        'wait' = @(
            @{ Word = '--for'; About = 'state to wait for' }
            @{ Word = '--timeout'; About = 'maximum wait per notebook, e.g. 90s or 6m' }
            @{ Word = '--all'; About = 'all your notebooks' }
            @{ Word = '--older-than'; About = 'notebooks older than e.g. 30d' }
            @{ Word = '--label'; About = 'notebooks with this label (repeatable)' }
            @{ Word = '--from'; About = 'read names (one per line) or NDJSON from a file; - for stdin' }
            @{ Word = '--concurrency'; About = 'notebooks to work on at a time (default: limits.concurrency)' }
            @{ Word = '--max-failures'; About = 'stop after this many consecutive failures with the same error' }
            @{ Word = '--dry-run'; About = 'show the plan and exit' }
        )
        'delete' = @(
            @{ Word = '-y'; About = 'skip the confirmation prompt' }
            @{ Word = '--yes'; About = 'skip the confirmation prompt' }
            @{ Word = '--if-missing'; About = 'what to do if the notebook does not exist' }
            @{ Word = '--all'; About = 'all your notebooks (asks once)' }
            @{ Word = '--older-than'; About = 'notebooks older than e.g. 30d (asks once)' }
            @{ Word = '--label'; About = 'notebooks with this label (repeatable)' }
            @{ Word = '--from'; About = 'read names (one per line) or NDJSON from a file; - for stdin' }
            @{ Word = '--concurrency'; About = 'notebooks to work on at a time (default: limits.concurrency)' }
            @{ Word = '--max-failures'; About = 'stop after this many consecutive failures with the same error' }
            @{ Word = '--dry-run'; About = 'show the plan and exit' }
            @{ Word = '--no-wait'; About = 'return as soon as Nova accepts the request' }
            @{ Word = '--timeout'; About = 'maximum wait per notebook, e.g. 90s or 6m' }
        )
        'apply' = @(
            @{ Word = '-f'; About = 'manifest, YAML or JSON; - for stdin' }
            @{ Word = '--file'; About = 'manifest, YAML or JSON; - for stdin' }
            @{ Word = '--prune'; About = 'delete notebooks of the same set that the manifest does not list (asks once)' }
            @{ Word = '--for'; About = 'make a row with {name} in its name for each person of a CSV file; - for stdin' }
            @{ Word = '--show-token'; About = 'include the tokens in the URLs' }
            @{ Word = '-y'; About = 'skip the confirmation prompt' }
            @{ Word = '--yes'; About = 'skip the confirmation prompt' }
            @{ Word = '--concurrency'; About = 'notebooks to work on at a time (default: limits.concurrency)' }
            @{ Word = '--max-failures'; About = 'stop after this many consecutive failures with the same error' }
            @{ Word = '--dry-run'; About = 'show the plan and exit' }
            @{ Word = '--fit'; About = 'create only as many as the quota allows' }
            @{ Word = '--passphrase-stdin'; About = 'read the passphrase of the certificate''s key from stdin (one line)' }
            @{ Word = '--keep-passphrase'; About = 'store that passphrase in the keychain' }
            @{ Word = '--wait'; About = 'state to wait for (default: ready)' }
            @{ Word = '--no-wait'; About = 'return as soon as Nova accepts the request' }
            @{ Word = '--timeout'; About = 'maximum wait per notebook, e.g. 90s or 6m' }
        )
        'url' = @(
            @{ Word = '--direct'; About = 'print the https URL; fails if the notebook is only reachable through a tunnel' }
            @{ Word = '--no-token'; About = 'omit the token' }
            @{ Word = '--renew'; About = 'set this login''s token over ssh; restarts Jupyter' }
            @{ Word = '-y'; About = 'with --renew: skip the confirmation prompt' }
            @{ Word = '--yes'; About = 'with --renew: skip the confirmation prompt' }
            @{ Word = '--timeout'; About = 'maximum time, e.g. 90s; with --renew for Jupyter as well' }
        )
        'share' = @(
            @{ Word = '--as'; About = 'name of the person who may use Jupyter, e.g. anna' }
            @{ Word = '--key'; About = 'the guest''s public SSH key, for a tunnel that reaches Jupyter only' }
            @{ Word = '--list'; About = 'list the guests' }
            @{ Word = '--revoke'; About = 'refuse a guest''s token, and end their tunnel' }
        )
        'handout' = @(
            @{ Word = '--label'; About = 'guests of notebooks with this label (repeatable)' }
            @{ Word = '--all'; About = 'guests of all your notebooks' }
            @{ Word = '--for'; About = 'only the people of a CSV file, with their e-mail addresses; - for stdin' }
            @{ Word = '--format'; About = 'a page for each guest, instead of a table' }
            @{ Word = '--folder'; About = 'write the page of each guest into a file there' }
            @{ Word = '--revoke'; About = 'turn all these guests away' }
            @{ Word = '-y'; About = 'with --revoke: skip the confirmation prompt' }
            @{ Word = '--yes'; About = 'with --revoke: skip the confirmation prompt' }
        )
        'certify' = @(
            @{ Word = '--passphrase-stdin'; About = 'read the passphrase of the certificate''s key from stdin (one line)' }
            @{ Word = '--keep-passphrase'; About = 'store that passphrase in the keychain' }
            @{ Word = '--all'; About = 'all your notebooks (asks once)' }
            @{ Word = '--older-than'; About = 'notebooks older than e.g. 30d (asks once)' }
            @{ Word = '--label'; About = 'notebooks with this label (repeatable)' }
            @{ Word = '-y'; About = 'skip the confirmation prompt' }
            @{ Word = '--yes'; About = 'skip the confirmation prompt' }
            @{ Word = '--from'; About = 'read names (one per line) or NDJSON from a file; - for stdin' }
            @{ Word = '--concurrency'; About = 'notebooks to work on at a time (default: limits.concurrency)' }
            @{ Word = '--max-failures'; About = 'stop after this many consecutive failures with the same error' }
            @{ Word = '--dry-run'; About = 'show the plan and exit' }
            @{ Word = '--timeout'; About = 'maximum wait for Jupyter to restart, e.g. 90s' }
        )
        'open' = @(
            @{ Word = '--start'; About = 'start the notebook if it is stopped' }
            @{ Word = '--no-browser'; About = 'print the URL only' }
            @{ Word = '--local-port'; About = 'local port (default: the one reserved for the notebook, or the next free one)' }
            @{ Word = '--tunnel'; About = 'use a tunnel even if the notebook is reachable over HTTPS' }
            @{ Word = '--timeout'; About = 'maximum wait for Jupyter, e.g. 90s or 6m' }
        )
        'tunnel' = @(
            @{ Word = '--local-port'; About = 'local port (default: the one reserved for the notebook, or the next free one)' }
            @{ Word = '--print'; About = 'print the ssh command and exit' }
            @{ Word = '--shell'; About = 'shell to quote the printed command for' }
            @{ Word = '--background'; About = 'run in the background' }
            @{ Word = '--stop'; About = 'stop the background tunnel' }
            @{ Word = '--list'; About = 'list background tunnels' }
        )
        'ssh' = @(
            @{ Word = '-t'; About = 'allocate a terminal' }
            @{ Word = '--tty'; About = 'allocate a terminal' }
        )
        'exec' = @(
            @{ Word = '-t'; About = 'allocate a terminal' }
            @{ Word = '--tty'; About = 'allocate a terminal' }
        )
        'cp' = @()
        'ssh-config' = @(
            @{ Word = '--write'; About = 'write the hosts to a file of our own and print the Include line for ~/.ssh/config' }
        )
        'key' = @()
        'key list' = @(
            @{ Word = '--timeout'; About = 'maximum time, e.g. 90s (default: 60s)' }
        )
        'key add' = @(
            @{ Word = '--timeout'; About = 'maximum time, e.g. 90s (default: 60s)' }
        )
        'key remove' = @(
            @{ Word = '--force'; About = 'also if this computer logs in with it' }
            @{ Word = '--timeout'; About = 'maximum time, e.g. 90s (default: 60s)' }
        )
        'logs' = @(
            @{ Word = '--source'; About = 'log to read; all but the console are read over ssh' }
            @{ Word = '-n'; About = 'number of last lines' }
            @{ Word = '--lines'; About = 'number of last lines' }
            @{ Word = '-f'; About = 'print new lines until Ctrl-C; not for the console' }
            @{ Word = '--follow'; About = 'print new lines until Ctrl-C; not for the console' }
        )
        'sizes' = @()
        'images' = @(
            @{ Word = '-a'; About = 'also older, hidden and deactivated images' }
            @{ Word = '--all'; About = 'also older, hidden and deactivated images' }
        )
        'quota' = @()
        'config' = @()
        'config init' = @(
            @{ Word = '--site'; About = 'site whose settings are shipped' }
            @{ Word = '--auth-url'; About = 'address of Keystone' }
            @{ Word = '--user-domain'; About = 'Keystone domain of the users' }
            @{ Word = '--ca-file'; About = 'CA certificates (PEM) to trust for the cloud' }
            @{ Word = '--store'; About = 'where to keep the session' }
            @{ Word = '--no-ldap'; About = 'do not ask about LDAP: Keystone alone decides' }
            @{ Word = '--ldap-url'; About = 'LDAP server; repeat it for more' }
            @{ Word = '--ldap-tls'; About = 'encryption of LDAP' }
            @{ Word = '--ldap-ca-file'; About = 'CA certificates (PEM) to trust for LDAP' }
            @{ Word = '--ldap-bind-dn-template'; About = 'DN of a user, with {username}; repeatable' }
            @{ Word = '--ldap-search-base'; About = 'base of a search for the user, instead of a template' }
            @{ Word = '--ldap-search-attribute'; About = 'attribute that contains the user ID' }
            @{ Word = '--ldap-search-bind-dn'; About = 'DN that binds for the search' }
        )
        'config import' = @(
            @{ Word = '--write'; About = 'write the settings into your settings file as well' }
        )
        'config list' = @()
        'config get' = @()
        'config set' = @()
        'config unset' = @()
        'config path' = @()
        'config validate' = @()
        'context' = @()
        'context list' = @()
        'context create' = @(
            @{ Word = '--set'; About = 'a setting of the context (repeatable)' }
            @{ Word = '--use'; About = 'switch to it' }
        )
        'context use' = @()
        'history' = @(
            @{ Word = '-n'; About = 'show that many of the newest (default: 50)' }
            @{ Word = '--limit'; About = 'show that many of the newest (default: 50)' }
        )
        'doctor' = @(
            @{ Word = '--fix'; About = 'first repair what only nubes-nb writes: modes, locks, entries of VMs that are gone' }
            @{ Word = '--bundle'; About = 'write checks and settings to a new file, without secrets, for a ticket' }
        )
        'admin' = @()
        'admin ls' = @(
            @{ Word = '--user'; About = 'only notebooks of this user' }
            @{ Word = '--without-staff-key'; About = 'only VMs that do not say that the cloud team has a key on them' }
            @{ Word = '--older-than'; About = 'only notebooks created so long ago, e.g. 90d' }
            @{ Word = '--project'; About = 'only this project, by name or id (default: all)' }
            @{ Word = '--status'; About = 'only notebooks with this status (repeatable)' }
            @{ Word = '--sort'; About = 'order; age is the oldest first (default: owner)' }
        )
        'admin show' = @(
            @{ Word = '--project'; About = 'only this project, by name or id (default: all)' }
        )
        'admin logs' = @(
            @{ Word = '--project'; About = 'only this project, by name or id (default: all)' }
            @{ Word = '-n'; About = 'number of last lines' }
            @{ Word = '--lines'; About = 'number of last lines' }
        )
        'admin stop' = @(
            @{ Word = '--project'; About = 'only this project, by name or id (default: all)' }
            @{ Word = '--reason'; About = 'why; the owner reads it in ls and show' }
            @{ Word = '-y'; About = 'skip the confirmation prompt' }
            @{ Word = '--yes'; About = 'skip the confirmation prompt' }
            @{ Word = '--no-wait'; About = 'return as soon as Nova accepts the request' }
            @{ Word = '--timeout'; About = 'maximum wait per notebook, e.g. 90s or 6m' }
        )
        'admin start' = @(
            @{ Word = '--project'; About = 'only this project, by name or id (default: all)' }
            @{ Word = '--reason'; About = 'why; the owner reads it in ls and show' }
            @{ Word = '-y'; About = 'skip the confirmation prompt' }
            @{ Word = '--yes'; About = 'skip the confirmation prompt' }
            @{ Word = '--no-wait'; About = 'return as soon as Nova accepts the request' }
            @{ Word = '--timeout'; About = 'maximum wait per notebook, e.g. 90s or 6m' }
        )
        'admin delete' = @(
            @{ Word = '--project'; About = 'only this project, by name or id (default: all)' }
            @{ Word = '--reason'; About = 'why; printed with the result' }
            @{ Word = '-y'; About = 'skip the confirmation prompt' }
            @{ Word = '--yes'; About = 'skip the confirmation prompt' }
            @{ Word = '--no-wait'; About = 'return as soon as Nova accepts the request' }
            @{ Word = '--timeout'; About = 'maximum wait per notebook, e.g. 90s or 6m' }
        )
        'admin map' = @(
            @{ Word = '--project'; About = 'only this project, by name or id (default: all)' }
        )
        'admin report' = @(
            @{ Word = '--project'; About = 'only this project, by name or id (default: all)' }
        )
        'admin orphans' = @(
            @{ Word = '--project'; About = 'only this project, by name or id (default: all)' }
        )
        'completion' = @()
        'man' = @(
            @{ Word = '--folder'; About = 'write all pages into this folder, for man to find' }
        )
        'sandbox' = @()
        'sandbox start' = @(
            @{ Word = '--stand-in'; About = 'use a stand-in for Jupyter, even if jupyter-lab is on the PATH' }
            @{ Word = '--release'; About = 'OpenStack release to behave like' }
        )
        'sandbox run' = @(
            @{ Word = '--as'; About = 'user to log in as: alice, bob, carol or quinn' }
            @{ Word = '--stand-in'; About = 'use a stand-in for Jupyter, even if jupyter-lab is on the PATH' }
            @{ Word = '--release'; About = 'OpenStack release to behave like' }
        )
        'sandbox demo' = @()
        'version' = @()
    }
    $values = @{
        ':-o' = @(
            @{ Word = 'table'; About = 'form' }
            @{ Word = 'wide'; About = 'form' }
            @{ Word = 'csv'; About = 'form' }
            @{ Word = 'json'; About = 'form' }
            @{ Word = 'ndjson'; About = 'form' }
            @{ Word = 'name'; About = 'form' }
        )
        ':--output' = @(
            @{ Word = 'table'; About = 'form' }
            @{ Word = 'wide'; About = 'form' }
            @{ Word = 'csv'; About = 'form' }
            @{ Word = 'json'; About = 'form' }
            @{ Word = 'ndjson'; About = 'form' }
            @{ Word = 'name'; About = 'form' }
        )
        ':-c' = @()
        ':--columns' = @()
        ':--config' = @()
        ':--context' = @()
        'login:-u' = @()
        'login:--username' = @()
        'login:--project' = @()
        'create:--image' = @()
        'create:--size' = @()
        'create:--network' = @()
        'create:--key' = @()
        'create:--also-key' = @()
        'create:--requirements' = @()
        'create:--access' = @(
            @{ Word = 'tunnel'; About = 'mode' }
            @{ Word = 'direct'; About = 'mode' }
        )
        'create:--floating-ip' = @(
            @{ Word = 'none'; About = 'mode' }
            @{ Word = 'auto'; About = 'mode' }
        )
        'create:--label' = @()
        'create:--if-exists' = @(
            @{ Word = 'fail'; About = 'action' }
            @{ Word = 'skip'; About = 'action' }
            @{ Word = 'start'; About = 'action' }
        )
        'create:--from' = @()
        'create:--concurrency' = @()
        'create:--max-failures' = @()
        'create:--for' = @()
        'create:--wait' = @(
            @{ Word = 'ready'; About = 'state' }
            @{ Word = 'running'; About = 'state' }
        )
        'create:--timeout' = @()
        'ls:--label' = @()
        'ls:--status' = @(
            @{ Word = 'creating'; About = 'status' }
            @{ Word = 'starting'; About = 'status' }
            @{ Word = 'ready'; About = 'status' }
            @{ Word = 'running'; About = 'status' }
            @{ Word = 'unreachable'; About = 'status' }
            @{ Word = 'stopping'; About = 'status' }
            @{ Word = 'stopped'; About = 'status' }
            @{ Word = 'released'; About = 'status' }
            @{ Word = 'deleting'; About = 'status' }
            @{ Word = 'error'; About = 'status' }
            @{ Word = 'unknown'; About = 'status' }
        )
        'ls:--sort' = @(
            @{ Word = 'name'; About = 'key' }
            @{ Word = 'age'; About = 'key' }
            @{ Word = 'status'; About = 'key' }
            @{ Word = 'size'; About = 'key' }
        )
        'show:--from' = @()
        'show:--older-than' = @()
        'show:--label' = @()
        'start:--older-than' = @()
        'start:--label' = @()
        'start:--from' = @()
        'start:--concurrency' = @()
        'start:--max-failures' = @()
        'start:--wait' = @(
            @{ Word = 'ready'; About = 'state' }
            @{ Word = 'running'; About = 'state' }
        )
        'start:--timeout' = @()
        'stop:--older-than' = @()
        'stop:--label' = @()
        'stop:--from' = @()
        'stop:--concurrency' = @()
        'stop:--max-failures' = @()
        'stop:--timeout' = @()
        'restart:--older-than' = @()
        'restart:--label' = @()
        'restart:--from' = @()
        'restart:--concurrency' = @()
        'restart:--max-failures' = @()
        'restart:--wait' = @(
            @{ Word = 'ready'; About = 'state' }
            @{ Word = 'running'; About = 'state' }
        )
        'restart:--timeout' = @()
        'wait:--for' = @(
            @{ Word = 'ready'; About = 'state' }
            @{ Word = 'running'; About = 'state' }
            @{ Word = 'stopped'; About = 'state' }
            @{ Word = 'deleted'; About = 'state' }
        )
        'wait:--timeout' = @()
        'wait:--older-than' = @()
        'wait:--label' = @()
        'wait:--from' = @()
        'wait:--concurrency' = @()
        'wait:--max-failures' = @()
        'delete:--if-missing' = @(
            @{ Word = 'fail'; About = 'then' }
            @{ Word = 'ok'; About = 'then' }
        )
        'delete:--older-than' = @()
        'delete:--label' = @()
        'delete:--from' = @()
        'delete:--concurrency' = @()
        'delete:--max-failures' = @()
        'delete:--timeout' = @()
        'apply:-f' = @()
        'apply:--file' = @()
        'apply:--for' = @()
        'apply:--concurrency' = @()
        'apply:--max-failures' = @()
        'apply:--wait' = @(
            @{ Word = 'ready'; About = 'state' }
            @{ Word = 'running'; About = 'state' }
        )
        'apply:--timeout' = @()
        'url:--timeout' = @()
        'share:--as' = @()
        'share:--key' = @()
        'share:--revoke' = @()
        'handout:--label' = @()
        'handout:--for' = @()
        'handout:--format' = @(
            @{ Word = 'html'; About = 'format' }
            @{ Word = 'md'; About = 'format' }
        )
        'handout:--folder' = @()
        'certify:--older-than' = @()
        'certify:--label' = @()
        'certify:--from' = @()
        'certify:--concurrency' = @()
        'certify:--max-failures' = @()
        'certify:--timeout' = @()
        'open:--local-port' = @()
        'open:--timeout' = @()
        'tunnel:--local-port' = @()
        'tunnel:--shell' = @(
            @{ Word = 'posix'; About = 'shell' }
            @{ Word = 'powershell'; About = 'shell' }
            @{ Word = 'cmd'; About = 'shell' }
        )
        'key list:--timeout' = @()
        'key add:--timeout' = @()
        'key remove:--timeout' = @()
        'logs:--source' = @(
            @{ Word = 'console'; About = 'log' }
            @{ Word = 'cloud-init'; About = 'log' }
            @{ Word = 'jupyter'; About = 'log' }
            @{ Word = 'packages'; About = 'log' }
        )
        'logs:-n' = @()
        'logs:--lines' = @()
        'config init:--site' = @()
        'config init:--auth-url' = @()
        'config init:--user-domain' = @()
        'config init:--ca-file' = @()
        'config init:--store' = @(
            @{ Word = 'keychain'; About = 'store' }
            @{ Word = 'file'; About = 'store' }
        )
        'config init:--ldap-url' = @()
        'config init:--ldap-tls' = @(
            @{ Word = 'starttls'; About = 'mode' }
            @{ Word = 'ldaps'; About = 'mode' }
            @{ Word = 'insecure'; About = 'mode' }
        )
        'config init:--ldap-ca-file' = @()
        'config init:--ldap-bind-dn-template' = @()
        'config init:--ldap-search-base' = @()
        'config init:--ldap-search-attribute' = @()
        'config init:--ldap-search-bind-dn' = @()
        'context create:--set' = @()
        'history:-n' = @()
        'history:--limit' = @()
        'doctor:--bundle' = @()
        'admin ls:--user' = @()
        'admin ls:--older-than' = @()
        'admin ls:--project' = @()
        'admin ls:--status' = @(
            @{ Word = 'creating'; About = 'status' }
            @{ Word = 'starting'; About = 'status' }
            @{ Word = 'running'; About = 'status' }
            @{ Word = 'stopping'; About = 'status' }
            @{ Word = 'stopped'; About = 'status' }
            @{ Word = 'released'; About = 'status' }
            @{ Word = 'deleting'; About = 'status' }
            @{ Word = 'error'; About = 'status' }
            @{ Word = 'unknown'; About = 'status' }
        )
        'admin ls:--sort' = @(
            @{ Word = 'name'; About = 'key' }
            @{ Word = 'age'; About = 'key' }
            @{ Word = 'status'; About = 'key' }
            @{ Word = 'size'; About = 'key' }
        )
        'admin show:--project' = @()
        'admin logs:--project' = @()
        'admin logs:-n' = @()
        'admin logs:--lines' = @()
        'admin stop:--project' = @()
        'admin stop:--reason' = @()
        'admin stop:--timeout' = @()
        'admin start:--project' = @()
        'admin start:--reason' = @()
        'admin start:--timeout' = @()
        'admin delete:--project' = @()
        'admin delete:--reason' = @()
        'admin delete:--timeout' = @()
        'admin map:--project' = @()
        'admin report:--project' = @()
        'admin orphans:--project' = @()
        'man:--folder' = @()
        'sandbox start:--release' = @(
            @{ Word = 'zed'; About = 'name' }
            @{ Word = '2025.1'; About = 'name' }
            @{ Word = '2026.2'; About = 'name' }
        )
        'sandbox run:--as' = @()
        'sandbox run:--release' = @(
            @{ Word = 'zed'; About = 'name' }
            @{ Word = '2025.1'; About = 'name' }
            @{ Word = '2026.2'; About = 'name' }
        )
    }
    $steps = @{
        ':login' = 'login'
        ':logout' = 'logout'
        ':whoami' = 'whoami'
        ':status' = 'status'
        ':create' = 'create'
        ':ls' = 'ls'
        ':list' = 'ls'
        ':show' = 'show'
        ':start' = 'start'
        ':stop' = 'stop'
        ':restart' = 'restart'
        ':wait' = 'wait'
        ':delete' = 'delete'
        ':rm' = 'delete'
        ':apply' = 'apply'
        ':url' = 'url'
        ':share' = 'share'
        ':handout' = 'handout'
        ':certify' = 'certify'
        ':open' = 'open'
        ':connect' = 'open'
        ':tunnel' = 'tunnel'
        ':ssh' = 'ssh'
        ':exec' = 'exec'
        ':cp' = 'cp'
        ':ssh-config' = 'ssh-config'
        ':key' = 'key'
        'key:list' = 'key list'
        'key:add' = 'key add'
        'key:remove' = 'key remove'
        ':logs' = 'logs'
        ':sizes' = 'sizes'
        ':images' = 'images'
        ':quota' = 'quota'
        ':config' = 'config'
        'config:init' = 'config init'
        'config:import' = 'config import'
        'config:list' = 'config list'
        'config:get' = 'config get'
        'config:set' = 'config set'
        'config:unset' = 'config unset'
        'config:path' = 'config path'
        'config:validate' = 'config validate'
        ':context' = 'context'
        'context:list' = 'context list'
        'context:create' = 'context create'
        'context:use' = 'context use'
        ':history' = 'history'
        ':doctor' = 'doctor'
        ':admin' = 'admin'
        'admin:ls' = 'admin ls'
        'admin:show' = 'admin show'
        'admin:logs' = 'admin logs'
        'admin:stop' = 'admin stop'
        'admin:start' = 'admin start'
        'admin:delete' = 'admin delete'
        'admin:map' = 'admin map'
        'admin:report' = 'admin report'
        'admin:orphans' = 'admin orphans'
        ':completion' = 'completion'
        ':man' = 'man'
        ':sandbox' = 'sandbox'
        'sandbox:start' = 'sandbox start'
        'sandbox:run' = 'sandbox run'
        'sandbox:demo' = 'sandbox demo'
        ':version' = 'version'
    }

    # The kinds of names that nubes-nb keeps in files.
    $cached = @{
        ':--context' = @('contexts')
        'create:--image' = @('images')
        'create:--size' = @('sizes')
        'show:*' = @('notebooks', 'creating', 'starting', 'ready', 'running', 'unreachable', 'stopping', 'stopped', 'released', 'error', 'unknown')
        'start:*' = @('notebooks', 'stopping', 'stopped', 'released')
        'stop:*' = @('notebooks', 'starting', 'ready', 'running', 'unreachable', 'error', 'unknown')
        'restart:*' = @('notebooks', 'creating', 'starting', 'ready', 'running', 'unreachable', 'error')
        'wait:*' = @('notebooks', 'creating', 'starting', 'ready', 'running', 'unreachable', 'stopping', 'stopped', 'released', 'error', 'unknown')
        'delete:*' = @('notebooks', 'creating', 'starting', 'ready', 'running', 'unreachable', 'stopping', 'stopped', 'released', 'error', 'unknown')
        'url:0' = @('notebooks', 'creating', 'starting', 'ready', 'running', 'unreachable')
        'share:0' = @('notebooks', 'creating', 'starting', 'ready', 'running', 'unreachable')
        'certify:*' = @('notebooks', 'creating', 'starting', 'ready', 'running', 'unreachable')
        'open:0' = @('notebooks', 'creating', 'starting', 'ready', 'running', 'unreachable')
        'tunnel:0' = @('notebooks', 'creating', 'starting', 'ready', 'running', 'unreachable')
        'ssh:0' = @('notebooks', 'creating', 'starting', 'ready', 'running', 'unreachable')
        'exec:0' = @('notebooks', 'creating', 'starting', 'ready', 'running', 'unreachable')
        'cp:0' = @('locations', 'creating', 'starting', 'ready', 'running', 'unreachable')
        'cp:1' = @('locations', 'creating', 'starting', 'ready', 'running', 'unreachable')
        'logs:0' = @('notebooks', 'creating', 'starting', 'ready', 'running', 'unreachable', 'stopping', 'stopped', 'released', 'error', 'unknown')
        'context use:0' = @('contexts')
    }

    $command = ''
    $position = 0
    $pending = $null
    $config = $env:NUBES_NB_CONFIG
    $context = $env:NUBES_NB_CONTEXT
    foreach ($element in $commandAst.CommandElements | Select-Object -Skip 1) {
        if ($element.Extent.EndOffset -ge $cursorPosition) { break }
        $word = $element.ToString()
        if ($null -ne $pending) {
            if ($pending -ceq ':--config') { $config = $word }
            if ($pending -ceq ':--context') { $context = $word }
            $pending = $null
            continue
        }
        if ($word.StartsWith('--config=')) { $config = $word.Substring(9) }
        if ($word.StartsWith('--context=')) { $context = $word.Substring(10) }
        if ($values.ContainsKey("${command}:$word")) { $pending = "${command}:$word" }
        elseif ($values.ContainsKey(":$word")) { $pending = ":$word" }
        elseif ($word.StartsWith('-')) { }
        elseif ($steps.ContainsKey("${command}:$word")) { $command = $steps["${command}:$word"] }
        else { $position++ }
    }

    $place = if ($null -ne $pending) { $pending } else { "${command}:$position" }
    if (-not $cached.ContainsKey($place)) { $place = "${command}:*" }
    if ($cached.ContainsKey($place) -and ($null -ne $pending -or -not "$wordToComplete".StartsWith('-'))) {
        $kind, $statuses = $cached[$place]
        $isLocation = $kind -eq 'locations'
        if ($isLocation) { $kind = 'notebooks' }
        $folder =
            if ($env:OS -eq 'Windows_NT') { Join-Path "$env:LOCALAPPDATA" 'nubes-nb/Cache' }
            elseif ("$env:XDG_CACHE_HOME".StartsWith('/')) { "$env:XDG_CACHE_HOME/nubes-nb" }
            else { "$HOME/.cache/nubes-nb" }
        $folder = Join-Path $folder 'completion-1'
        $suffix = "$config" -replace '[/\\:]', '%'
        $file = Join-Path $folder "contexts$suffix"
        if ($kind -ne 'contexts') {
            if ($env:NUBES_NB_APPLICATION_CREDENTIAL_ID) { $context = "credential%$env:NUBES_NB_APPLICATION_CREDENTIAL_ID" }
            elseif (-not $context -and [System.IO.File]::Exists($file)) { $context = [System.IO.File]::ReadAllLines($file)[0] }
            if (-not $context) { $context = 'default' }
            if ($context -match '[/\\]') { return }
            $file = Join-Path $folder "$context.$kind"
        }
        if (-not [System.IO.File]::Exists($file)) { return }
        $lines = [System.IO.File]::ReadAllLines($file) | Select-Object -Skip 1
        if ($kind -eq 'notebooks') {
            $lines = $lines | ForEach-Object {
                $status, $names = $_.Split(' ')
                if ($statuses -ccontains $status) { $names }
            }
        }
        if ($isLocation) { $lines = $lines | ForEach-Object { "${_}:" } }
        # Names that others have chosen: a quoted one is evaluated in no part.
        $typed = "$wordToComplete" -replace '^[''"]|[''"]$'
        $lines | Where-Object { $_ -notmatch '^-|\p{C}' -and $_.StartsWith($typed, 'Ordinal') } |
            ForEach-Object {
                $text = $_
                if ($text -cnotmatch '^[A-Za-z0-9_][A-Za-z0-9_./:+-]*$') {
                    $text = "'" + [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($_) + "'"
                }
                [System.Management.Automation.CompletionResult]::new($text, $_, 'ParameterValue', $_)
            }
        if ($isLocation -and $typed -notmatch '^[^/\]*:') {
            [System.Management.Automation.CompletionCompleters]::CompleteFilename("$wordToComplete")
        }
        return
    }

    $offered =
        if ($null -ne $pending) { $values[$pending] }
        elseif ("$wordToComplete".StartsWith('-')) { @($flags[$command]) + @($flags['']) }
        else { $places["${command}:$position"] }

    # Where nothing is offered, PowerShell completes files.
    $offered | Where-Object { $null -ne $_ -and $_.Word.StartsWith("$wordToComplete") } |
        ForEach-Object {
            [System.Management.Automation.CompletionResult]::new(
                $_.Word, $_.Word, 'ParameterValue', $_.About)
        }
}
