import type { Value } from '../kinds.ts';

/**
 * The STFC Cloud: users log in with their FedID (domain `stfc`), projects live in `default`, VMs on
 * `Internal` are reached through SSH, and the image creates the account for the creator of the VM.
 * Its LDAP servers are not public, so they are set in the site's own file.
 */
export const stfc: Readonly<Record<string, Value>> = {
  'openstack.auth_url': 'https://openstack.stfc.ac.uk:5000/v3',
  'openstack.region': 'RegionOne',
  'openstack.interface': 'public',
  'openstack.user_domain': 'stfc',
  'openstack.project_domain': 'default',
  'notebook.network': 'Internal',
  'notebook.access': 'tunnel',
  'notebook.account': 'image',
  'notebook.config_drive': true,
  'notebook.host_template': 'host-{ip-dashed}.nubes.stfc.ac.uk',
};
