import { Select, Stack, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useKeptOne, useWrite } from '../api/administration.ts';
import type { Role, User } from '../api/types.ts';
import { Failure } from '../parts/failure.tsx';
import { type Form, useForm } from '../parts/form.ts';
import { FormDrawer } from '../parts/form-drawer.tsx';
import { madeUpPassword } from '../parts/made-up-password.ts';
import { NumbersField } from '../parts/numbers-field.tsx';
import { SecretOnce } from '../parts/secret-once.tsx';
import { ROLE_NAMES } from './role-names.ts';
import { addUser, changeUser, NEW_USER, type UserValues, valuesOf } from './user-changes.ts';

function RoleField({ form }: { form: Form<UserValues> }) {
  const { t } = useTranslation();
  const { role } = form.values;
  return (
    <Select
      label={t('users.role')}
      description={role === null ? t('roles.noneText') : t(`roles.text.${role}`)}
      placeholder={t('roles.none')}
      clearable
      clearButtonProps={{ 'aria-label': t('action.clear') }}
      data={ROLE_NAMES.map((value) => ({ value, label: t(`roles.name.${value}`) }))}
      renderOption={({ option }) => (
        <Stack gap={0}>
          <Text size="sm" fw={600}>
            {option.label}
          </Text>
          <Text size="xs" c="dimmed">
            {t(`roles.text.${option.value as Role}`)}
          </Text>
        </Stack>
      )}
      value={role}
      error={form.mistake('role')}
      onChange={(value) => form.set({ role: value as Role | null })}
    />
  );
}

function UserFields({ form, isNew }: { form: Form<UserValues>; isNew: boolean }) {
  const { t } = useTranslation();
  const { username, name, inboundNumbers } = form.values;
  return (
    <>
      <TextInput
        data-autofocus
        withAsterisk
        label={t('users.username')}
        description={t('users.usernameText')}
        autoComplete="off"
        disabled={!isNew}
        value={username}
        error={form.mistake('username')}
        onChange={({ currentTarget: { value } }) => form.set({ username: value })}
      />
      <TextInput
        label={t('users.name')}
        autoComplete="off"
        value={name}
        error={form.mistake('name')}
        onChange={({ currentTarget: { value } }) => form.set({ name: value })}
      />
      <RoleField form={form} />
      <NumbersField
        label={t('users.numbers')}
        description={t('users.numbersText')}
        value={inboundNumbers}
        error={form.mistake('inboundNumbers')}
        onChange={(numbers) => form.set({ inboundNumbers: numbers })}
      />
    </>
  );
}

/** Fields first; when he is there, the password that is good for one sign-in. */
export function NewUser({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const form = useForm<UserValues>(NEW_USER);
  const [password] = useState(madeUpPassword);
  const add = useWrite('users', (values: UserValues) => addUser(values, password));
  if (add.data !== undefined)
    return <OneTimePassword username={add.data.username} password={password} onClose={onClose} />;
  return (
    <FormDrawer
      title={t('users.add')}
      submit={t('action.add')}
      isSaving={add.isPending}
      error={add.error}
      onSubmit={() => add.mutate(form.values, { onError: (error) => void form.refuse(error) })}
      onClose={onClose}
    >
      <UserFields form={form} isNew />
    </FormDrawer>
  );
}

export function OneTimePassword(props: { username: string; password: string; onClose: () => void }) {
  const { t } = useTranslation();
  const { username, password, onClose } = props;
  return (
    <SecretOnce
      title={t('users.passwordOf', { name: username })}
      lead={t('users.passwordLead', { name: username })}
      label={t('users.password')}
      secret={password}
      onClose={onClose}
    />
  );
}

interface EditorProps {
  user: User;
  etag: string | null;
  onClose(): void;
}

function Editor({ onClose, ...read }: EditorProps) {
  const { t } = useTranslation();
  // As the fields were filled, whatever is read again meanwhile.
  const [{ user, etag }] = useState(read);
  const form = useForm<UserValues>(valuesOf(user));
  const save = useWrite('users', changeUser);
  const submit = () =>
    save.mutate(
      { user, etag, values: form.values },
      {
        onSuccess: () => {
          notifications.show({ color: 'teal', message: t('saved') });
          onClose();
        },
        onError: (error) => void form.refuse(error),
      },
    );
  return (
    <FormDrawer
      title={`${t('users.edit')} ${user.username}`}
      submit={t('action.save')}
      isSaving={save.isPending}
      error={save.error}
      onSubmit={submit}
      onClose={onClose}
    >
      <UserFields form={form} isNew={false} />
    </FormDrawer>
  );
}

export function EditUser({ username, onClose }: { username: string; onClose: () => void }) {
  // A form that is being filled in is not to change under its reader.
  const { data, error } = useKeptOne('users', username, { staleTime: Number.POSITIVE_INFINITY, gcTime: 0 });
  if (error !== null) return <Failure error={error} />;
  return data === undefined ? null : <Editor user={data.item} etag={data.etag} onClose={onClose} />;
}
